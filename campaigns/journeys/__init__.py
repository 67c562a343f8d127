"""What a campaign does for a member, step by step: read, walked and said. Plain Python, no clock."""
