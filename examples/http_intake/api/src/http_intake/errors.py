"""What an answer can be besides "accepted"; each error knows its HTTP status."""

from typing import ClassVar


class Refused(Exception):
    """The request is not taken; the text is one sentence for whoever sent it."""

    status: ClassVar[int] = 400

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class BadSubmission(Refused):
    """A field is missing or wrong; `field` names it, "body" for the whole."""

    status = 422


class WrongToken(Refused):
    """The token is not the one that is expected."""

    status = 401


class TooLarge(Refused):
    """The body, or what would be queued of it, is over the limit."""

    status = 413


class TooSlow(Refused):
    """The body did not arrive in time."""

    status = 408


class Away(Refused):
    """SQS or SSM does not answer, or too many requests wait for them; the same request may work soon."""

    status = 503
