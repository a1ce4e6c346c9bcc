"""How pip reaches packages on this machine, for the pip in a build: a company's mirror, its CA, a proxy."""

import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

# What says where packages come from; the lock's hashes say what they are, so none of it changes the image.
_HOSTS = ("index-url", "extra-index-url", "trusted-host", "proxy")
_NUMBERS = ("timeout", "retries")
# A later one wins, as it does for pip.
_SECTIONS = ("global", "install", ":env:")
# Where the Dockerfiles mount the second file.
_CA_PATH = "/run/secrets/ca.pem"


@contextmanager
def package_index() -> Iterator[Mapping[str, Path]]:
    """The files that a build mounts as `pip.conf` and `ca.pem`; none where pip has its defaults."""
    settings = _settings()
    with tempfile.TemporaryDirectory() as folder:
        secrets: dict[str, Path] = {}
        lines = [f"{key} = {value}" for key in _HOSTS if (value := _reachable(settings.get(key, "")))]
        lines += [f"{key} = {settings[key]}" for key in _NUMBERS if key in settings]
        if (ca := settings.get("cert")) and Path(ca).is_file():
            secrets["ca.pem"] = Path(ca).resolve()
            lines.append(f"cert = {_CA_PATH}")
        if lines:
            secrets["pip.conf"] = Path(folder) / "pip.conf"
            secrets["pip.conf"].write_text("\n".join(["[global]", *lines, ""]))
        yield secrets


def _settings() -> dict[str, str]:
    """What pip itself makes of its files and of PIP_*."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    settings: dict[str, str] = {}
    for section in _SECTIONS:
        for line in done.stdout.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(f"{section}."):
                settings[name.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
    return settings


def _reachable(value: str) -> str:
    """Without addresses of files: they are not in the build."""
    words = (word for word in value.split() if urlsplit(word).scheme != "file")
    return " ".join(words)
