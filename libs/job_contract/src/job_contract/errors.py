"""The one error of this package."""


class ContractError(ValueError):
    """The message does not keep the contract; the text is one sentence: where, and what is allowed."""
