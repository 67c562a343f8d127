"""The console's rooms for the programme: its rules, settings, connections and books."""

from loyalty.admin import back_tests, budgets, clients, ledger, programme, rules, tiers, webhooks

__all__ = ["back_tests", "budgets", "clients", "ledger", "programme", "rules", "tiers", "webhooks"]
