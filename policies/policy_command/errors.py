"""The one error of this command."""


class BadInput(Exception):
    """Something is not as the command needs it; the message says what and where."""
