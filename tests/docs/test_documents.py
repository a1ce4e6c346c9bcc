"""What the documents name exists: files they link to, tests they call proof, commands of the Makefile."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IGNORED = {".venv", ".local", ".git"}
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not IGNORED & set(path.relative_to(ROOT).parts) and ".terraform" not in path.parts
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_section_leads_to_one(document: Path) -> None:
    for target, section in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", document.read_text()):
        page = document.parent / target if target else document
        if not target.startswith(("http://", "https://")) and page.suffix == ".md":
            assert section in _sections(page), f"{document.name} links to {target}#{section}"


def test_every_section_that_the_tools_name_exists() -> None:
    sources = [file for folder in ("tools", "libs") for file in (ROOT / folder).glob("*/src/**/*.py")]
    named = {each for file in sources for each in re.findall(r"(docs/[\w-]+\.md)#([\w-]+)", file.read_text())}
    assert len(named) >= 4
    for page, section in named:
        assert section in _sections(ROOT / page), f"{page}#{section}"


def _sections(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ +(.+?) *$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_shown_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for code in re.findall(r"```bash\n(.*?)```|`(make [^`]*)`", document.read_text(), re.DOTALL):
        for line in "".join(code).splitlines():
            if line.startswith("make "):
                named = [word for word in line.split("#")[0].split()[1:] if "=" not in word]
                assert set(named) <= targets, f"{document.name} shows {line!r}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_python_that_is_named_from_the_root_exists(document: Path) -> None:
    for named in re.findall(r"`((?:libs|services|tests|tools)/[\w/]+\.py)", document.read_text()):
        assert (ROOT / named).exists(), f"{document.name} names {named}"


def test_every_test_that_the_contract_names_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs/contract.md").read_text())
    assert len(named) >= 20
    for path, test in named:
        assert f"def {test}(" in (ROOT / path).read_text(), f"{path} has no {test}"


def test_every_promise_names_its_proof() -> None:
    promises = re.split(r"^## (?=\d)", (ROOT / "docs/contract.md").read_text(), flags=re.MULTILINE)[1:]
    assert len(promises) == 7
    assert all("::test_" in promise for promise in promises)
