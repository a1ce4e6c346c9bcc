"""An image is built from the commit, to the byte; what was built before is used only if it is of that."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from copied_repository import CopiedRepository
from deployment.errors import BadInput
from deployment.release import SERVICES
from image_archives import archive_with
from pipeline.images import Engine
from pipeline.images.engines import Build
from pipeline.release import Image, Release, building, content_release
from pipeline.release.building import Built, build_missing, refuse_changes
from pipeline.release.content import image_inputs
from pipeline.release.git import find_commit

MAIN_JOB = "services/main_job/src/main_job"


class Builder:
    """An engine that notes what it is given, and builds another image each time."""

    def __init__(self) -> None:
        # Service → path → mode and content.
        self.seen: dict[str, dict[str, tuple[int, bytes]]] = {}
        self.engine = Engine("noting", (), self._make)

    def _make(self, build: Build) -> None:
        files = {path.relative_to(build.context).as_posix(): path for path in build.context.rglob("*")}
        self.seen[build.dockerfile.parent.name] = {
            name: (path.stat().st_mode & 0o777, path.read_bytes() if path.is_file() else b"")
            for name, path in files.items()
        }
        archive_with(build.folder / build.archive, user=f"{len(self.seen)}{build.dockerfile.parent.name}")


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Builder:
    builder = Builder()
    monkeypatch.setattr(building, "find_engine", lambda: builder.engine)
    return builder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> CopiedRepository:
    return CopiedRepository(tmp_path_factory.mktemp("shared") / "repository")


@pytest.fixture
def repository(shared: CopiedRepository) -> Iterator[CopiedRepository]:
    start = shared.git("rev-parse", "HEAD")
    yield shared
    shared.git("reset", "--hard", "--quiet", start)
    shared.git("clean", "-fdxq")


def build(repository: CopiedRepository, out: Path) -> dict[str, Built]:
    """Builds HEAD's images."""
    return build_missing(
        find_commit(repository.folder, "HEAD"), content_release(repository.folder, "HEAD"), out
    )


def test_an_engine_gets_the_inputs_and_nothing_else(
    repository: CopiedRepository, builder: Builder, tmp_path: Path
) -> None:
    # given: what git ignores, or what nobody committed, is not in the commit
    (repository.folder / MAIN_JOB / "__pycache__").mkdir()
    (repository.folder / MAIN_JOB / "__pycache__/handler.pyc").touch()
    (repository.folder / MAIN_JOB / "note.txt").touch()

    build(repository, tmp_path)

    commit = find_commit(repository.folder, "HEAD")
    for service in SERVICES:
        files = {name: content for name, (_, content) in builder.seen[service].items() if content}
        inputs = {entry.path: commit.content(entry) for entry in image_inputs(commit, service)}
        assert files == {path: content for path, content in inputs.items() if content}
        assert not [name for name in builder.seen[service] if "pycache" in name or "note" in name]


def test_neither_umask_nor_line_ends_nor_keywords_reach_an_image(
    repository: CopiedRepository, builder: Builder, tmp_path: Path
) -> None:
    (repository.folder / MAIN_JOB / "handler.py").chmod(0o755)
    repository.change(".gitattributes", "*.py text eol=crlf ident export-subst\n")
    before = os.umask(0o077)
    try:
        build(repository, tmp_path)
    finally:
        os.umask(before)

    seen = builder.seen["main_job"]
    assert seen[MAIN_JOB][0] == 0o755
    assert seen[f"{MAIN_JOB}/__main__.py"][0] == 0o644
    assert seen[f"{MAIN_JOB}/handler.py"][0] == 0o755
    assert not [name for name, (_, content) in seen.items() if b"\r" in content]


def test_what_is_in_the_registry_is_not_built(
    repository: CopiedRepository, builder: Builder, tmp_path: Path
) -> None:
    release = content_release(repository.folder, "HEAD")
    there = Release(release.commit, release.tree, dict(release.images))
    there.images["main_job"] = Image(release.images["main_job"].tag, f"sha256:{'a' * 64}")

    built = build_missing(find_commit(repository.folder, "HEAD"), there, tmp_path)

    assert list(built) == list(builder.seen) == ["background_job"]


def test_what_was_built_before_of_the_same_is_used(
    repository: CopiedRepository, builder: Builder, tmp_path: Path
) -> None:
    first = build(repository, tmp_path)
    builder.seen.clear()
    assert build(repository, tmp_path) == first
    assert builder.seen == {}


def change_the_service(repository: CopiedRepository, _: Path) -> None:
    repository.change(f"{MAIN_JOB}/handler.py")


def exchange_the_archive(_: CopiedRepository, out: Path) -> None:
    shutil.copy(out / "background_job.tar", out / "main_job.tar")


def break_the_archive(_: CopiedRepository, out: Path) -> None:
    (out / "main_job.tar").write_bytes(b"")


def break_the_note(_: CopiedRepository, out: Path) -> None:
    (out / "main_job.json").write_text('{"tag": ')


@pytest.mark.parametrize(
    "spoil", [change_the_service, exchange_the_archive, break_the_archive, break_the_note]
)
def test_what_was_built_of_something_else_is_built_again(
    repository: CopiedRepository,
    builder: Builder,
    tmp_path: Path,
    spoil: Callable[[CopiedRepository, Path], None],
) -> None:
    build(repository, tmp_path)
    builder.seen.clear()
    spoil(repository, tmp_path)

    again = build(repository, tmp_path)

    assert list(builder.seen) == ["main_job"]
    assert again["main_job"].tag == content_release(repository.folder, "HEAD").images["main_job"].tag


def edit(repository: CopiedRepository) -> str:
    (repository.folder / MAIN_JOB / "handler.py").write_text("")
    return f"{MAIN_JOB}/handler.py"


def stage(repository: CopiedRepository) -> str:
    edit(repository)
    repository.git("add", "--all")
    return f"{MAIN_JOB}/handler.py"


def add(repository: CopiedRepository) -> str:
    (repository.folder / MAIN_JOB / "new.py").touch()
    return f"{MAIN_JOB}/new.py"


def delete(repository: CopiedRepository) -> str:
    (repository.folder / "requirements/main_job.txt").unlink()
    return "requirements/main_job.txt"


def ignore(repository: CopiedRepository) -> str:
    (repository.folder / ".containerignore").touch()
    return ".containerignore"


@pytest.mark.parametrize("change", [edit, stage, add, delete, ignore])
def test_inputs_that_differ_from_the_commit_are_refused(
    repository: CopiedRepository, change: Callable[[CopiedRepository], str]
) -> None:
    path, head = change(repository), find_commit(repository.folder, "HEAD")
    with pytest.raises(
        BadInput, match=f"^{path} differ from commit {head.hash[:12]}, and images are built from"
    ):
        refuse_changes(head)


def test_many_inputs_that_differ_are_counted(repository: CopiedRepository) -> None:
    for number in range(5):
        (repository.folder / MAIN_JOB / f"new_{number}.py").touch()
    with pytest.raises(BadInput, match=r"new_0.py, .*new_1.py, .*new_2.py and 2 more differ"):
        refuse_changes(find_commit(repository.folder, "HEAD"))


def test_other_changes_do_not_matter(repository: CopiedRepository) -> None:
    for path in ("README.md", "libs/deployment/src/deployment/new.py", f"{MAIN_JOB}_too.py"):
        (repository.folder / path).write_text("changed")
    (repository.folder / MAIN_JOB / "__pycache__").mkdir()
    (repository.folder / MAIN_JOB / "__pycache__/handler.pyc").touch()
    refuse_changes(find_commit(repository.folder, "HEAD"))
