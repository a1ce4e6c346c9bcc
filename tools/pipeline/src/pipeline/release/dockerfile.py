"""What an image is made of, as its Dockerfile says.

The content tag stands on this list, so it is never guessed: what could bring in a file, or another base, that
the list does not name is refused with a sentence.
"""

import io
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from deployment.errors import BadInput
from dockerfile_parse import DockerfileParser

_BY_DIGEST = re.compile(r"[^\s$]+@sha256:[0-9a-f]{64}")
# What these say is in the Dockerfile itself, which is an input.
_SELF_CONTAINED = {
    *("ARG", "CMD", "COMMENT", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "SHELL", "STOPSIGNAL"),
    *("USER", "VOLUME", "WORKDIR"),
}
_COPY_FLAGS = {"--from", "--chown", "--chmod", "--link"}
_DIRECTIVE = re.compile(r"#\s*(syntax|escape)\s*=", re.IGNORECASE)
# What is mounted while a command runs: these bring in no file of the repository's. A secret says how to
# reach packages; the hashes in the lock say which they are.
_HARMLESS_MOUNTS = {"cache", "secret", "tmpfs"}


@dataclass
class _Reader:
    """Walks through the instructions of one Dockerfile; each method raises BadInput."""

    stages: int = 0
    aliases: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)

    def take(self, instruction: str, value: str) -> None:
        if instruction == "FROM":
            self._from(value)
        elif instruction == "COPY":
            self._copy(value)
        elif instruction == "RUN":
            self._run(value)
        elif instruction not in _SELF_CONTAINED:
            raise BadInput(
                f"{instruction} may bring in what the tag does not cover; COPY named paths instead"
            )

    def _from(self, value: str) -> None:
        flags, words = _words(value)
        if not words or set(flags) - {"--platform"}:
            raise BadInput("FROM must be: FROM [--platform=...] IMAGE [AS NAME]")
        if words[0] != "scratch" and not self._is_stage(words[0]) and not _BY_DIGEST.fullmatch(words[0]):
            raise BadInput(f"FROM {words[0]} must name its image by digest (image:tag@sha256:...)")
        self.stages += 1
        self.aliases |= {alias.lower() for alias in words[2:]}

    def _copy(self, value: str) -> None:
        flags, words = _words(value)
        if unknown := sorted(set(flags) - _COPY_FLAGS):
            raise BadInput(f"COPY {unknown[0]} is not understood here; {', '.join(sorted(_COPY_FLAGS))} are")
        if "--from" not in flags:
            self.sources |= {_source(word) for word in words[:-1]}
        elif not self._is_stage(flags["--from"]) and not _BY_DIGEST.fullmatch(flags["--from"]):
            raise BadInput(f"COPY --from={flags['--from']} must name a stage above it, or an image by digest")

    def _is_stage(self, name: str) -> bool:
        return name.lower() in self.aliases or (name.isdecimal() and int(name) < self.stages)

    @staticmethod
    def _run(value: str) -> None:
        if "<<" in value:
            raise BadInput("RUN with a here-document is not understood here; join the commands with &&")
        for word in value.split():
            if word.startswith("--mount"):
                options = dict(option.partition("=")[::2] for option in word.partition("=")[2].split(","))
                if options.get("type") not in _HARMLESS_MOUNTS or "from" in options:
                    raise BadInput(
                        f"RUN {word} may bring in what the tag does not cover; COPY named paths instead"
                    )


def copied_paths(name: str, dockerfile: bytes) -> list[str]:
    """The repository's paths that a Dockerfile copies, sorted; raises BadInput for what cannot be told."""
    reader = _Reader()
    for line, instruction, value in _instructions(dockerfile):
        try:
            reader.take(instruction, value)
        except BadInput as reason:
            raise BadInput(f"{name}, line {line}: {reason}.") from None
    if not reader.stages:
        raise BadInput(f"{name} has no FROM.")
    return sorted(reader.sources)


def _instructions(dockerfile: bytes) -> Iterator[tuple[int, str, str]]:
    """Line number, instruction and value; a parser directive counts as an instruction."""
    for number, line in enumerate(dockerfile.decode(errors="replace").splitlines(), 1):
        if _DIRECTIVE.match(line.strip()):
            yield number, line.strip(), ""
    for step in DockerfileParser(fileobj=io.BytesIO(dockerfile)).structure:
        yield step["startline"] + 1, step["instruction"], step["value"]


def _words(value: str) -> tuple[dict[str, str], list[str]]:
    """Flags (`--from=build`) and the rest of an instruction, which may be a JSON list."""
    flags: dict[str, str] = {}
    rest = value.strip()
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        flags[flag.partition("=")[0]] = flag.partition("=")[2]
        rest = rest.lstrip()
    try:
        return flags, json.loads(rest) if rest.startswith("[") else shlex.split(rest)
    except ValueError:
        raise BadInput(f"{rest} cannot be read") from None


def _source(word: str) -> str:
    if re.search(r"[*?\[\]$]|<<|://", word):
        raise BadInput(f"COPY {word}: name the path itself; a pattern or a variable could mean anything")
    path = PurePosixPath(word)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BadInput(f"COPY {word}: name a file or folder below the repository's own")
    return str(path)
