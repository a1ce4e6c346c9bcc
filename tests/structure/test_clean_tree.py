"""The tree names no machine, account, person or place to download from, and leaves nothing for later."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS = {
    "leaves something for later": re.compile(r"\b(TODO|FIXME|XXX)\b"),
    "names a folder of a person or a machine": re.compile(
        r"(?<![\w.*])/(home|Users|root|workspaces?)/\w|" + re.escape(str(ROOT)) + r"\b"
    ),
    "names a place to download packages from": re.compile(
        r"\b(pypi|pythonhosted|npmjs|jfrog)\.(org|com|io)\b|--(extra-)?index-url|--find-links"
    ),
    "names an issue by its number": re.compile(r"\bissue #?\d+\b", re.IGNORECASE),
    # The emulator's account is fine, and so are those made of three runs of four, as in AWS's own examples.
    "names an account": re.compile(r"(?<![\w.-])(?!123456789012|((\d)\2{3}){3})\d{12}(?![\w.])"),
    "names a person": re.compile(r"\b[\w.+-]+@(?!example\.(com|org)\b)[a-z][\w-]*\.(com|org|net|io|de)\b"),
}
EXAMPLES = {
    "leaves something for later": ["# TODO: later", "FIXME"],
    "names a folder of a person or a machine": ["cd /home/ada/jobs", "see /Users/ada", f"in {ROOT}"],
    "names a place to download packages from": ["https://files.python" + "hosted.org/x", "pip --index-url=x"],
    "names an issue by its number": ["as issue 12 asks"],
    "names an account": ["arn:aws:iam::123409875642:role/x"],
    "names a person": ["ada@lovelace.org"],
}
FINE = """
arn:aws:iam::111122223333:role/x and 555555555555; oncall@example.com; actions/checkout@v7.0.1
https://docs.aws.amazon.com/x; the registry of Terraform; /var/task, /tmp/health, infra/workspaces/x
"""


@pytest.fixture(scope="module")
def others(tree: dict[str, str]) -> dict[str, str]:
    """The tree but this file, which shows the faults."""
    return {name: text for name, text in tree.items() if not (ROOT / name).samefile(__file__)}


def lines_with(fault: str, text: str) -> list[str]:
    """The lines of a text that have the fault."""
    return [line.strip() for line in text.splitlines() if FAULTS[fault].search(line)]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_file_has_the_fault(fault: str, others: dict[str, str]) -> None:
    assert len(others) > 400
    assert {name: found for name, text in others.items() if (found := lines_with(fault, text))} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_seen_where_it_is_and_only_there(fault: str) -> None:
    for example in EXAMPLES[fault]:
        assert lines_with(fault, example) == [example]
    assert lines_with(fault, FINE) == []


def test_locks_hold_hashes_and_no_addresses(others: dict[str, str]) -> None:
    locks = {name: text for name, text in others.items() if re.fullmatch(r".*requirements.*\.txt", name)}
    assert {"requirements/dev.txt", "requirements/main_job.txt"} <= set(locks)
    for name, text in locks.items():
        assert not re.search(r"://|^\s*-", re.sub(r"^\s+--hash=sha256:\w{64}", "", text, flags=re.M), re.M), (
            name
        )
        packages = re.findall(r"^\S+==.*\n\s+(.*)", text, re.MULTILINE)
        assert all(following.startswith("--hash=sha256:") for following in packages), name
