from loyalty.models.integration import ApiClient, ApiKey, KeptAnswer
from loyalty.models.ledger import Account, Lot, LotMove, Transfer
from loyalty.models.outbox import EventFailure, OutboxEvent
from loyalty.models.programme import Configuration, Programme, Unit
from loyalty.models.registry import Category, Location
from loyalty.models.rules import EarningRule, EarningRuleVersion

__all__ = [
    "Account",
    "ApiClient",
    "ApiKey",
    "Category",
    "Configuration",
    "EarningRule",
    "EarningRuleVersion",
    "EventFailure",
    "KeptAnswer",
    "Location",
    "Lot",
    "LotMove",
    "OutboxEvent",
    "Programme",
    "Transfer",
    "Unit",
]
