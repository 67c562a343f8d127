"""The console's forms."""

from loyalty.forms.rules import EarningRuleForm, free_key
from loyalty.forms.settings import CLIENT_KINDS, SCOPES, ApiClientForm, ProgrammeForm

__all__ = [
    "CLIENT_KINDS",
    "SCOPES",
    "ApiClientForm",
    "EarningRuleForm",
    "ProgrammeForm",
    "free_key",
]
