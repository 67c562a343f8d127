"""What a segment asks, matched and said in words: plain Python, without a database or a clock."""
