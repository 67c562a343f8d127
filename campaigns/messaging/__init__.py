"""What a message says: its document, its fields, and how it is made for a channel. No database."""
