"""Members, opening balances and history from a file: read, tried, carried out, undone."""
