"""The console's forms."""

from loyalty.forms.rule_editor import RuleEditor, draft_of
from loyalty.forms.rules import free_key
from loyalty.forms.settings import CLIENT_KINDS, SCOPES, ApiClientForm, ProgrammeForm

__all__ = [
    "CLIENT_KINDS",
    "SCOPES",
    "ApiClientForm",
    "ProgrammeForm",
    "RuleEditor",
    "draft_of",
    "free_key",
]
