"""The console's rooms for the programme: its rules, settings, connections and books."""

from loyalty.admin import clients, ledger, programme, rules

__all__ = ["clients", "ledger", "programme", "rules"]
