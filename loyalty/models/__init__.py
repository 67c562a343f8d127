from loyalty.models.integration import ApiClient, ApiKey, KeptAnswer
from loyalty.models.ledger import (
    Account,
    Hold,
    HolderMerge,
    Lot,
    LotChange,
    LotMove,
    Seal,
    Slide,
    Transfer,
)
from loyalty.models.outbox import EventFailure, OutboxEvent
from loyalty.models.pools import Contributor, Pool
from loyalty.models.programme import Configuration, Programme, Unit
from loyalty.models.registry import Category, Location
from loyalty.models.remark import Remark
from loyalty.models.rules import Budget, EarningRule, EarningRuleVersion, LimitUse, RuleSet
from loyalty.models.tiers import Standing, TierAssignment, TierMove, TierSet
from loyalty.models.trials import BackTest
from loyalty.models.warnings import ExpiryWarning
from loyalty.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookSecret

__all__ = [
    "Account",
    "ApiClient",
    "ApiKey",
    "BackTest",
    "Budget",
    "Category",
    "Configuration",
    "Contributor",
    "EarningRule",
    "EarningRuleVersion",
    "EventFailure",
    "ExpiryWarning",
    "Hold",
    "HolderMerge",
    "KeptAnswer",
    "LimitUse",
    "Location",
    "Lot",
    "LotChange",
    "LotMove",
    "OutboxEvent",
    "Pool",
    "Programme",
    "Remark",
    "RuleSet",
    "Seal",
    "Slide",
    "Standing",
    "TierAssignment",
    "TierMove",
    "TierSet",
    "Transfer",
    "Unit",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookSecret",
]
