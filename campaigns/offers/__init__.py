"""Which offers suit a member, and why; plain Python."""
