"""The ways out. Only campaigns.services.sending comes here, after the gate."""
