"""The earning engine: pure Python, no Django, no clock. Doors: engine, document, sentences, schema."""
