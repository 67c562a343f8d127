"""The contract of a till: look up, quote, commit, cancel."""

from rewards.services.till_cancel import cancel_sale
from rewards.services.till_lookup import lookup
from rewards.services.till_quote import quote_sale
from rewards.services.till_sale import commit_sale

__all__ = ["cancel_sale", "commit_sale", "lookup", "quote_sale"]
