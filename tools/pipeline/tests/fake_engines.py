"""Engines that write down what they were asked, on a PATH with nothing else."""

import json
from pathlib import Path

_SCRIPT = """#!{python} -I
import json, pathlib, sys
name, arguments = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
with open({log!r}, "a") as log:
    print(json.dumps([name, *arguments]), file=log)
call = " ".join([name, *arguments])
if any(call.startswith(start) for start in {failing!r}):
    sys.exit(7)
for argument in arguments:
    place = argument.partition("dest=")[2].partition(",")[0] or argument.partition("oci-archive:")[2]
    place = place or (argument.partition("--output=")[2] if name == "podman" else "")
    if place:
        pathlib.Path(place).write_text("archive of " + name)
    if argument.startswith("--iidfile="):
        pathlib.Path(argument.partition("=")[2]).write_text("sha256:1d\\n")
"""


class FakeEngines:
    """`add` puts one on the PATH; `calls` is what all of them were asked, in order."""

    def __init__(self, folder: Path, python: str) -> None:
        self.path = folder / "bin"
        self.path.mkdir(parents=True)
        self._log = folder / "calls"
        self._python = python

    def add(self, name: str, *, failing: tuple[str, ...] = ()) -> None:
        """An engine; calls that start with one of `failing` exit with 7."""
        script = self.path / name
        script.write_text(_SCRIPT.format(python=self._python, log=str(self._log), failing=failing))
        script.chmod(0o755)

    @property
    def calls(self) -> list[list[str]]:
        """Name and arguments."""
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    def calls_of(self, *start: str) -> list[list[str]]:
        """Those that start so."""
        return [call for call in self.calls if tuple(call[: len(start)]) == start]
