"""What a person gets to read when a cost cannot be told."""

from deployment.errors import ToolError


class CostError(ToolError):
    """The text is one sentence that says what to do next."""
