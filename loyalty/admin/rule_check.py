"""What a rule in the making says, in both languages, and what is found in it and around it."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from loyalty.admin.rule_wording import as_sentence, labels_of
from loyalty.earning.document import Rule
from loyalty.errors import RuleInvalid
from loyalty.forms import RuleEditor
from loyalty.forms.rows import Sent
from loyalty.models import EarningRule, Programme
from loyalty.services.findings import findings_on

UNFINISHED: dict[str, Any] = {"draft_sentences": [], "findings": [], "is_unfinished": True}


def said_and_found(editor: RuleEditor, rule: EarningRule | None) -> dict[str, Any]:
    """The sentences and the findings, or nothing while the form makes no sense yet."""
    judged = RuleEditor(_named(editor.sent), around=editor.around, is_judged=True)
    if not judged.is_valid:
        return UNFINISHED
    try:
        parsed = judged.rule(key=rule.key if rule else "draft", version=1)
    except RuleInvalid:
        return UNFINISHED
    programme = editor.around.programme
    labels = labels_of(programme)
    return {
        "draft_sentences": [as_sentence(parsed, programme, each, labels) for each in ("nl", "en")],
        "findings": findings_told(parsed, programme, at=timezone.now()),
        "is_unfinished": False,
    }


def findings_told(rule: Rule, programme: Programme, *, at: datetime) -> list[dict[str, str]]:
    """What is, or may be, wrong with the rule beside those that are live; the gravest first."""
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    return [
        {"weight": finding.severity.value.lower(), "text": f"{finding.sentences[language]}."}
        for finding in findings_on(rule, programme_id=programme.pk, at=at)
    ]


def _named(sent: Sent) -> Sent:
    """What was sent, with a name where it has none yet: the sentence does not need one."""
    named = sent.copy()
    for name in ("name_nl", "name_en"):
        if not named.get(name):
            named[name] = "–"
    return named
