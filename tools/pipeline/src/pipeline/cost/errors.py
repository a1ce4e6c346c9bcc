"""What a person gets to read when a cost cannot be told."""


class CostError(Exception):
    """The text is one sentence that says what to do next."""
