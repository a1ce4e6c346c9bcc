"""What the figures were taken on, and with which versions."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench_candidates import Candidate

_VERSIONS = """
import importlib.metadata, json, platform, sys
names = sys.argv[1:]
print(json.dumps({"Python": platform.python_version()} | {n: importlib.metadata.version(n) for n in names}))
"""


@dataclass(frozen=True)
class Machine:
    """Nothing here names a person or a place."""

    cpu: str
    cores: int
    python: str
    date: str
    load: float  # of the last minute, before the first run

    def sentence(self) -> str:
        """For people."""
        return (
            f"{self.cpu}, {self.cores} cores, Python {self.python}, {self.date}; "
            f"load average before the first run: {self.load:.1f}"
        )


def this_machine() -> Machine:
    """As it is now."""
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        date=datetime.now(UTC).date().isoformat(),
        load=os.getloadavg()[0],
    )


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions(candidates: Sequence[Candidate]) -> dict[str, str]:
    """By candidate, the versions that decide what it costs."""
    return {each.name: _versions(each) for each in candidates}


def _versions(candidate: Candidate) -> str:
    packages = candidate.env.get("NODE_PACKAGES")
    if packages:
        found = {"Node.js": _output([candidate.python, "--version"]).removeprefix("v")}
        for name in candidate.packages:
            about = Path(packages, "node_modules", name, "package.json")
            found[name] = json.loads(about.read_text())["version"]
    else:
        found = json.loads(_output([candidate.python, "-c", _VERSIONS, *candidate.packages]))
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
