"""Where providers come from."""

from pathlib import Path

from deployment.terraform.binary import platform_name
from deployment.terraform.providers import (
    cli_configuration,
    find_mirror,
    mirror_candidates,
    pinned_providers,
)

AWS = "registry.terraform.io/hashicorp/aws"
PINS = {AWS: "5.100.0"}


def make_mirror(folder: Path, version: str, *, packed: bool = False) -> Path:
    provider = folder / AWS
    if packed:
        provider.mkdir(parents=True)
        (provider / f"terraform-provider-aws_{version}_{platform_name()}.zip").touch()
    else:
        (provider / version / platform_name()).mkdir(parents=True)
    return folder


def test_pins_are_read_from_lock_files(tmp_path: Path) -> None:
    lock = tmp_path / ".terraform.lock.hcl"
    lock.write_text(f'provider "{AWS}" {{\n  version     = "5.100.0"\n  constraints = "5.100.0"\n}}\n')

    assert pinned_providers([lock]) == PINS


def test_the_named_mirror_comes_first_then_the_home_folder(tmp_path: Path) -> None:
    candidates = mirror_candidates({"TF_PROVIDER_MIRROR": "/named", "HOME": str(tmp_path)})

    assert candidates[:3] == [
        Path("/named"),
        tmp_path / ".terraform.d/plugins",
        Path("/usr/local/share/terraform/plugins"),
    ]


def test_both_layouts_of_a_mirror_are_known(tmp_path: Path) -> None:
    for packed in (False, True):
        mirror = make_mirror(tmp_path / str(packed), "5.100.0", packed=packed)
        found = find_mirror([tmp_path / "missing", mirror], PINS, print)
        assert found is not None
        assert (found.folder, found.providers) == (mirror, (AWS,))


def test_a_mirror_without_the_pinned_version_is_passed_over_with_a_word(tmp_path: Path) -> None:
    said: list[str] = []
    old, good = make_mirror(tmp_path / "old", "5.99.0"), make_mirror(tmp_path / "good", "5.100.0")

    found = find_mirror([old, good], PINS, said.append)

    assert found is not None
    assert found.folder == good
    assert said == [f"The provider mirror {old} lacks {AWS} 5.100.0; looking further."]


def test_the_configuration_takes_from_the_mirror_only_what_it_has(tmp_path: Path) -> None:
    found = find_mirror([make_mirror(tmp_path / 'with "quotes" and spaces', "5.100.0")], PINS, print)

    text = cli_configuration(found, tmp_path / "cache")

    assert f'include = ["{AWS}"]' in text
    assert f'exclude = ["{AWS}"]' in text
    assert '\\"quotes\\"' in text
    assert "plugin_cache_dir" not in text


def test_without_a_mirror_the_registry_serves_and_a_cache_spares_the_second_download(tmp_path: Path) -> None:
    text = cli_configuration(None, tmp_path / "cache")

    assert "provider_installation" not in text
    assert f'plugin_cache_dir = "{tmp_path / "cache"}"' in text
