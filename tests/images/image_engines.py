"""buildah and podman with a storage of their own, and the stand-in where a Dockerfile names its base."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from image_inputs import REPOSITORY, base_image_name

STAND_IN = "localhost/python-stand-in"
TIMEOUT_SECONDS = 240
# Four times of what is used.
MEMORY_BYTES = 4 * 2**30
# An engine's `build` with what Dockerfiles and `pipeline build` know nothing of; all else as it is.
_SHIM = """#!/bin/sh
if [ "$1" = build ]; then
  shift
  exec {real} build --network=host $MORE_BUILD_OPTIONS \\
    --build-context "{base}=container-image://{stand_in}" "$@"
fi
exec {real} "$@"
"""
_STAND_IN_DOCKERFILE = """FROM scratch
ADD tree.tar /
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
"""


class Engines:
    """Everything that they write is in `folder` and `storage`; `environment` leads there."""

    def __init__(self, folder: Path, storage: Path, index_url: str) -> None:
        self.folder, self.storage = folder, storage
        base = base_image_name()
        for name in ("buildah", "podman"):
            shim = folder / "bin" / name
            shim.parent.mkdir(parents=True, exist_ok=True)
            shim.write_text(_SHIM.format(real=shutil.which(name), base=base, stand_in=STAND_IN))
            shim.chmod(0o755)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "CONTAINERS_STORAGE_CONF": self._settings("storage"),
            "CONTAINERS_CONF": self._settings("containers"),
            # Where podman keeps its state for another user than root: else it would find that of the user.
            "XDG_DATA_HOME": f"{storage}/data",
            # Runs also where no other container may be started from within.
            "BUILDAH_ISOLATION": "chroot",
            "MORE_BUILD_OPTIONS": "",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": index_url,
        }

    def _settings(self, name: str) -> str:
        at = self.storage
        tables: dict[str, dict[str, dict[str, object]]] = {
            "storage": {
                "storage": {"driver": "overlay", "graphroot": f"{at}/images", "runroot": f"{at}/run"}
            },
            "containers": {
                # Few enough for any machine: more than it allows cannot be given to a container.
                "containers": {"default_ulimits": ["nofile=1024:1024", "nproc=1024:1024"]},
                "engine": {"cgroup_manager": "cgroupfs", "events_logger": "file", "tmp_dir": f"{at}/libpod"},
            },
        }
        file = self.folder / f"{name}.conf"
        lines = []
        for table, values in tables[name].items():
            lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
        file.write_text("\n".join([*lines, ""]))
        return str(file)

    def run(self, *command: str, cwd: Path = REPOSITORY, **more: str) -> str:
        """Runs it to its end; what it writes to stdout. `more`: variables."""
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}"
        return done.stdout.strip()

    def build(self, out: Path, *options: str, repository: Path = REPOSITORY, cached: bool = True) -> str:
        """`pipeline build`; what it says."""
        more = "" if cached else "--no-cache"
        command = [sys.executable, "-m", "pipeline", "build", f"--out={out}", *options]
        return self.run(*command, cwd=repository, MORE_BUILD_OPTIONS=more)

    def end(self) -> None:
        """Stops what runs, and takes the storage away as a whole: image by image it takes a minute."""
        used = Path(self.run("podman", "info", "--format={{.Store.GraphRoot}}"))
        assert used.is_relative_to(self.storage), (
            f"{used} is another storage, whose containers are somebody's"
        )
        self.run("podman", "rm", "--all", "--force", "--volumes", "--time=0")
        self.run("buildah", "rm", "--all")
        if os.geteuid() == 0:
            self.run("rm", "-rf", str(self.storage))
        else:
            # Many files belong to users that exist only in podman's namespace, which one process holds open.
            self.run("podman", "system", "reset", "--force")
            self.run("podman", "system", "migrate")

    def load_stand_in(self, tree: Path) -> None:
        """Makes the image that the Dockerfiles get."""
        context = self.folder / "stand-in"
        context.mkdir()
        shutil.copy(tree, context / "tree.tar")
        (context / "Dockerfile").write_text(_STAND_IN_DOCKERFILE)
        buildah = str(shutil.which("buildah"))
        self.run(
            buildah, "build", "--quiet", "--layers=false", "--timestamp=0", f"--tag={STAND_IN}", str(context)
        )


@contextmanager
def engines(folder: Path, index_url: str, tree: Path) -> Iterator[Engines]:
    """Ends with nothing running and nothing mounted."""
    with tempfile.TemporaryDirectory(dir=_quick_place(), ignore_cleanup_errors=True) as storage:
        started = Engines(folder, Path(storage), index_url)
        try:
            started.load_stand_in(tree)
            yield started
        finally:
            started.end()


def _quick_place() -> Path | None:
    """Memory, where there is plenty: layers are mounted, and each unmount waits for a busy disk."""
    memory = Path("/dev/shm")
    enough = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_BYTES
    return memory if enough else None
