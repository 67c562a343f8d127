"""What may be told to whom, and when; plain Python."""
