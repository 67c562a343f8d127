"""What a rule in the making says, in both languages, and what is found in it and around it."""

from typing import Any

from loyalty.admin.rule_wording import as_sentence, labels_of
from loyalty.errors import RuleInvalid
from loyalty.forms import RuleEditor
from loyalty.forms.rows import Sent
from loyalty.models import EarningRule


def said_and_found(editor: RuleEditor, rule: EarningRule | None) -> dict[str, Any]:
    """The sentences and the findings, or nothing while the form makes no sense yet."""
    judged = RuleEditor(_named(editor.sent), around=editor.around, is_judged=True)
    if not judged.is_valid:
        return {"draft_sentences": [], "findings": [], "is_unfinished": True}
    key = rule.key if rule else "draft"
    try:
        parsed = judged.rule(key=key, version=1)
    except RuleInvalid:
        return {"draft_sentences": [], "findings": [], "is_unfinished": True}
    programme = editor.around.programme
    labels = labels_of(programme)
    return {
        "draft_sentences": [as_sentence(parsed, programme, each, labels) for each in ("nl", "en")],
        "findings": [],
        "is_unfinished": False,
    }


def _named(sent: Sent) -> Sent:
    """What was sent, with a name where it has none yet: the sentence does not need one."""
    named = sent.copy()
    for name in ("name_nl", "name_en"):
        if not named.get(name):
            named[name] = "–"
    return named
