"""What came of a load test, in a sentence: by the exit code of `jobctl load` and what it has left."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.load.settings import LoadTest

_WORSE_OR_REFUSED = 2
_SAID = "what jobctl load says stands before this line."


@dataclass(frozen=True)
class Verdict:
    """`sentence` is for people; `exit_code` is that of `jobctl load`."""

    sentence: str
    exit_code: int


def judge(asked: LoadTest, exit_code: int, out: Path, *, compared: bool) -> Verdict:
    """`out` is where the report is; `compared`: there was a baseline."""
    if exit_code == 0:
        return Verdict(_fine(asked, compared=compared), exit_code)
    # Without a report nothing was sent, so nothing can have become worse.
    if exit_code == _WORSE_OR_REFUSED and compared and (out / "report.json").is_file():
        return Verdict(_worse(asked), exit_code)
    interrupted = "was interrupted; what was sent by then goes on to be worked on."
    ends = {
        1: f"failed; {_SAID}",
        _WORSE_OR_REFUSED: f"was refused; {_SAID}",
        130: interrupted,
        143: interrupted,
    }
    unknown = f"ended with code {exit_code}, which it never should; {_SAID}"
    return Verdict(f"The load test of {asked.environment} {ends.get(exit_code, unknown)}", exit_code)


def _fine(asked: LoadTest, *, compared: bool) -> str:
    if compared:
        return f"{asked.environment} is no worse than {asked.baseline}."
    return (
        f"There is no {asked.baseline} yet, so nothing was compared; to compare with this run from now on, "
        "take report.json from its artifact and add it under that name in a pull request."
    )


def _worse(asked: LoadTest) -> str:
    return (
        f"{asked.environment} is worse than {asked.baseline} by more than is tolerated; the report says in "
        "what. If that is meant, replace that file by report.json of this run's artifact, in a pull request."
    )
