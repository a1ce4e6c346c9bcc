"""What a person gets to read when something does not work: one sentence, no traceback."""


class ToolError(Exception):
    """The command failed; the text is one sentence that says what to do next. Exit code 1."""

    exit_code = 1


class NoStateError(ToolError):
    """The environment has no Terraform state: nothing was ever applied."""


class BadInput(ToolError):
    """What the person typed cannot be used. Exit code 2."""

    exit_code = 2


class Interrupted(BaseException):
    """SIGINT, SIGTERM or SIGHUP came. Exit code 130 or 143, as shells expect.

    Not an Exception: inside a call boto3 takes those for a lost connection and tries again.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__("Interrupted.")
        self.exit_code = 128 + signal_number
