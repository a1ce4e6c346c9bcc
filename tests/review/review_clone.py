"""A copy of what `pipeline plan` needs of a clone, with an account of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clone_parts import lay_out_parts
from deployment.target import local_target
from deployment.variables import process_environment
from embedded_account import embedded_account

TREE, OTHER_TREE = "7" * 40, "8" * 40
TAGS = {"main_job": "content-" + "a" * 64, "background_job": "content-" + "b" * 64}
DIGESTS = {"main_job": "sha256:" + "1" * 64, "background_job": "sha256:" + "2" * 64}
NOT_BUILT: dict[str, str | None] = dict.fromkeys(TAGS)
STEP_SECONDS = 240


@dataclass
class Clone:
    """`temporary` is where the commands put what is for a moment; `printed` is all that they said."""

    folder: Path
    endpoint: str
    temporary: Path
    printed: list[str] = field(default_factory=list)

    def pipeline(
        self, *arguments: str | Path, endpoint: str | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """`pipeline ARGUMENTS`, in this clone and on its account."""
        return self.run("pipeline", *arguments, endpoint=endpoint, **more)

    def run(
        self, module: str, *arguments: str | Path, endpoint: str | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Any command of ours; `endpoint` '' is none at all."""
        where = self.endpoint if endpoint is None else endpoint
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=self.folder,
            env=process_environment(os.environ, where or None) | {"TMPDIR": str(self.temporary)} | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
        self.printed += [done.stdout, done.stderr]
        return done

    def release(self, digests: dict[str, str | None] | dict[str, str], tree: str = TREE) -> Path:
        """The file of a release with these digests."""
        images = {service: {"tag": tag, "digest": digests[service]} for service, tag in TAGS.items()}
        file = self.folder / "release.json"
        content = {"format": 1, "commit": "c" * 40, "tree": tree, "images": images}
        file.write_text(json.dumps(content))
        return file

    def client(self, service: str) -> Any:
        """A client of its account."""
        return local_target(self.endpoint).client(service)


@contextmanager
def clone_in(folder: Path) -> Iterator[Clone]:
    """A clone in a folder, with a state bucket on an embedded AWS that holds nothing else."""
    lay_out_parts(folder, "infra")
    # Short: providers listen on sockets in it, whose paths may have 108 signs.
    with tempfile.TemporaryDirectory() as temporary, embedded_account() as env:
        clone = Clone(folder, env["AWS_ENDPOINT_URL"], Path(temporary))
        made = clone.run("pipeline", "bootstrap", "--bucket-only")
        assert made.returncode == 0, made.stderr
        yield clone
