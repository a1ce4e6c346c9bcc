"""Where Terraform's providers come from: a mirror on this machine if there is one, else the registry."""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deployment.terraform.binary import platform_name

MIRROR_VARIABLE = "TF_PROVIDER_MIRROR"
_LOCKED_PROVIDER = re.compile(r'provider\s+"([^"]+)"\s*\{[^}]*?version\s*=\s*"([^"]+)"')
Pins = Mapping[str, str]


@dataclass(frozen=True)
class Mirror:
    """A filesystem mirror and the providers (source addresses) that it has in the pinned version."""

    folder: Path
    providers: tuple[str, ...]


def pinned_providers(lock_files: Iterable[Path]) -> dict[str, str]:
    """Source address → version, from Terraform's lock files."""
    pins: dict[str, str] = {}
    for lock_file in lock_files:
        pins.update(_LOCKED_PROVIDER.findall(lock_file.read_text()))
    return pins


def mirror_candidates(environment: Mapping[str, str] | None = None) -> list[Path]:
    """Folders that may be a mirror, in the order in which they are asked."""
    environment = os.environ if environment is None else environment
    named = environment.get(MIRROR_VARIABLE)
    candidates = [Path(named)] if named else []
    candidates.append(Path(environment.get("HOME", "~")).expanduser() / ".terraform.d/plugins")
    candidates.append(Path("/usr/local/share/terraform/plugins"))
    candidates.extend(sorted(found.parent for found in Path("/opt").glob("*/registry.terraform.io")))
    return candidates


def find_mirror(candidates: Iterable[Path], pins: Pins, say: Callable[[str], None]) -> Mirror | None:
    """The first candidate with at least one pinned provider; says why a mirror that exists is passed over."""
    for folder in candidates:
        if not any(folder.glob("*/*/*")):
            continue
        has = tuple(source for source, version in pins.items() if _has(folder, source, version))
        if has:
            return Mirror(folder, has)
        wanted = ", ".join(f"{source} {version}" for source, version in pins.items())
        say(f"The provider mirror {folder} lacks {wanted or 'any provider that is pinned'}; looking further.")
    return None


def cli_configuration(mirror: Mirror | None, plugin_cache: Path) -> str:
    """Terraform's CLI configuration: what the mirror has comes from it, the rest from the registry."""
    lines = ["disable_checkpoint = true"]
    if mirror is None:
        # Several roots need the same provider (700 MB): it is downloaded once.
        return "\n".join([*lines, f"plugin_cache_dir = {json.dumps(str(plugin_cache))}", ""])
    sources = json.dumps(list(mirror.providers))
    lines += [
        "provider_installation {",
        "  filesystem_mirror {",
        f"    path    = {json.dumps(str(mirror.folder))}",
        f"    include = {sources}",
        "  }",
        "  direct {",
        f"    exclude = {sources}",
        "  }",
        "}",
        "",
    ]
    return "\n".join(lines)


def _has(folder: Path, source: str, version: str) -> bool:
    """Both layouts of a mirror count: unpacked folders and zip files."""
    provider = folder / source
    packed = f"terraform-provider-{provider.name}_{version}_{platform_name()}.zip"
    return (provider / version / platform_name()).is_dir() or (provider / packed).is_file()
