"""What a person at the keyboard is told when the house cannot start."""


class CannotStart(Exception):
    """Nothing can be served; the message is one sentence that says what to do about it."""
