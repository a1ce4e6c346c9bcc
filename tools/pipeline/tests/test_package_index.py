"""What pip in a build gets to know of this machine's way to packages."""

import os
from configparser import RawConfigParser
from pathlib import Path

import pytest
from pipeline.images.package_index import package_index


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(variable)
    # To pip that means: no file at all.
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def in_the_build() -> dict[str, str]:
    with package_index() as secrets:
        if "pip.conf" not in secrets:
            return {}
        parser = RawConfigParser()
        parser.read(secrets["pip.conf"])
        return dict(parser["global"])


def test_pip_with_its_defaults_needs_no_secret() -> None:
    with package_index() as secrets:
        assert not secrets


def test_a_mirror_with_its_password_is_handed_over_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mirror = "https://reader:canary-word@mirror.example.com/simple"
    monkeypatch.setenv("PIP_INDEX_URL", mirror)
    assert in_the_build() == {"index-url": mirror}
    with package_index() as secrets:
        file = secrets["pip.conf"]
        assert file.parent.stat().st_mode & 0o077 == 0
    assert not file.exists()


def test_addresses_of_files_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///srv/simple https://mirror.example.com/simple")
    assert in_the_build() == {"extra-index-url": "https://mirror.example.com/simple"}
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///srv/simple")
    assert in_the_build() == {}


def test_a_companys_certificates_become_a_secret_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "company.pem").write_text("certificates")
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "company.pem"))
    assert in_the_build() == {"cert": "/run/secrets/ca.pem"}
    with package_index() as secrets:
        assert secrets["ca.pem"].read_text() == "certificates"


def test_what_changes_what_is_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_PRE", "1")
    monkeypatch.setenv("PIP_TIMEOUT", "180")
    assert in_the_build() == {"timeout": "180"}


def test_the_environment_wins_over_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://file.example.com\nretries = 2\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert in_the_build()["index-url"] == "https://file.example.com"
    monkeypatch.setenv("PIP_INDEX_URL", "https://environment.example.com")
    settings = in_the_build()
    assert (settings["index-url"], settings["retries"]) == ("https://environment.example.com", "2")
