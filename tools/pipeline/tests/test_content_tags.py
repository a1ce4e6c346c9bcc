"""A content tag changes with each input of its image, and with nothing else; in a real git repository."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest
from copied_repository import REPOSITORY, CopiedRepository
from deployment.errors import BadInput, ToolError
from deployment.release import SERVICES
from pipeline.release import content_release
from pipeline.release.dockerfile import copied_paths
from pipeline.release.git import find_commit

LIBS = {path.parent.name for path in REPOSITORY.glob("libs/*/pyproject.toml")}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> CopiedRepository:
    """For tests that leave main where it is."""
    return CopiedRepository(tmp_path_factory.mktemp("shared") / "repository")


@pytest.fixture
def repository(shared: CopiedRepository) -> Iterator[CopiedRepository]:
    """For tests that commit to main; it goes back afterwards."""
    start = shared.git("rev-parse", "HEAD")
    yield shared
    shared.git("reset", "--hard", "--quiet", start)
    shared.git("clean", "-fdq")


def tags(repository: CopiedRepository, commit: str = "HEAD") -> dict[str, str]:
    return {name: image.tag for name, image in content_release(repository.folder, commit).images.items()}


def changed(repository: CopiedRepository) -> set[str]:
    """The services whose tag the last commit changed."""
    old, new = tags(repository, "HEAD~1"), tags(repository)
    return {service for service in old if old[service] != new[service]}


def imported_libs(package: Path) -> set[str]:
    """The libs that a package imports; libs import no others (tests/structure/test_arrows.py)."""
    nodes = [node for path in package.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names} & LIBS


@functools.cache
def needed(service: str) -> list[str]:
    """What the image needs, as its code says: not read from the Dockerfile."""
    source = f"services/{service}/src/{service}"
    libs = [f"libs/{lib}/src/{lib}" for lib in imported_libs(REPOSITORY / source)]
    return [source, *libs, f"requirements/{service}.txt", f"services/{service}/Dockerfile", ".dockerignore"]


def needs(service: str, file: str) -> bool:
    return any(file == path or file.startswith(f"{path}/") for path in needed(service))


def commits(repository: CopiedRepository, changes: list[list[str]]) -> list[str]:
    """For each list of files a commit on main's that adds a line to these files, and to no others."""
    listed = (line.split("\t") for line in repository.git("ls-files", "--stage").splitlines())
    modes = {file: about[:6] for about, file in listed}
    stream, names = b"", [f"refs/changes/{number}" for number in range(len(changes))]
    for name, files in zip(names, changes, strict=True):
        stream += f"commit {name}\ncommitter Ada <ada@example.com> 0 +0000\ndata 0\n".encode()
        stream += b"from refs/heads/main^0\n"
        for file in files:
            content = (repository.folder / file).read_bytes() + b"\n# changed\n"
            stream += f'M {modes[file]} inline "{file}"\ndata {len(content)}\n'.encode() + content + b"\n"
    repository.git("fast-import", "--quiet", "--force", text=stream)
    return names


def test_a_dockerfile_copies_just_the_lock_and_what_its_service_imports() -> None:
    for service in SERVICES:
        dockerfile = f"services/{service}/Dockerfile"
        copied = copied_paths(dockerfile, (REPOSITORY / dockerfile).read_bytes())
        assert {*copied, dockerfile, ".dockerignore"} == set(needed(service))


@pytest.mark.parametrize("service", SERVICES)
def test_a_tag_changes_with_each_input_and_with_no_other_file(shared: CopiedRepository, service: str) -> None:
    files = shared.git("ls-files").splitlines()
    inputs = [file for file in files if needs(service, file)]
    others = [file for file in files if not needs(service, file)]
    assert len(inputs) > 30
    assert len(others) > 500
    before = tags(shared, "main")[service]

    *with_an_input, without = commits(shared, [*([file] for file in inputs), others])

    for file, commit in zip(inputs, with_an_input, strict=True):
        assert tags(shared, commit)[service] != before, file
    assert tags(shared, without)[service] == before


def test_nothing_tracked_that_a_tag_covers_is_kept_from_the_build() -> None:
    patterns = (REPOSITORY / ".dockerignore").read_text().split("*\n", 1)[1].splitlines()
    left_out = [line.removeprefix("**/") for line in patterns if not line.startswith("!")]
    files = find_commit(REPOSITORY, "HEAD").files
    assert left_out == ["__pycache__", "*.egg-info"], "what is this? A tag must cover what an image holds"
    assert not [
        file for file in files if any(map(PurePath(file.path).match, ("*__pycache__*", "*.egg-info*")))
    ]


@pytest.mark.parametrize(
    ("path", "services"),
    [
        ("services/main_job/src/main_job/new.py", {"main_job"}),
        ("services/background_job/src/background_job/handlers/new.py", {"background_job"}),
        ("libs/job_contract/src/job_contract/new.py", set(SERVICES)),
        ("libs/deployment/src/deployment/new.py", set()),
        ("services/main_job/src/new.py", set()),
        ("services/main_job/src/main_job_too/new.py", set()),
        ("services/main_job/tests/test_new.py", set()),
        ("services/main_job/Dockerfile.dockerignore", {"main_job"}),
        (".containerignore", set(SERVICES)),
        ("requirements/main_job.txt.new", set()),
    ],
)
def test_a_new_file_counts_where_it_is_copied(
    repository: CopiedRepository, path: str, services: set[str]
) -> None:
    repository.change(path)
    assert changed(repository) == services


def test_a_file_that_is_deleted_counts(repository: CopiedRepository) -> None:
    (repository.folder / "libs/queue_worker/src/queue_worker/py.typed").unlink()
    repository.commit()
    assert changed(repository) == set(SERVICES)


def test_a_file_that_moves_counts(repository: CopiedRepository) -> None:
    repository.git(
        "mv", "services/main_job/src/main_job/handler.py", "services/main_job/src/main_job/hand.py"
    )
    repository.commit()
    assert changed(repository) == {"main_job"}


def test_the_bit_that_makes_a_file_executable_counts(repository: CopiedRepository) -> None:
    (repository.folder / "services/main_job/src/main_job/handler.py").chmod(0o755)
    repository.commit()
    assert changed(repository) == {"main_job"}


def test_two_files_that_swap_their_content_count(repository: CopiedRepository) -> None:
    package = repository.folder / "services/main_job/src/main_job"
    one, other = package / "handler.py", package / "__main__.py"
    texts = one.read_text(), other.read_text()
    other.write_text(texts[0])
    one.write_text(texts[1])
    repository.commit()
    assert changed(repository) == {"main_job"}


def test_a_change_that_is_taken_back_brings_the_old_tags_back(repository: CopiedRepository) -> None:
    first = tags(repository)
    repository.change("libs/job_contract/src/job_contract/new.py")
    assert tags(repository).items().isdisjoint(first.items())

    repository.git("revert", "--no-edit", "HEAD")

    assert tags(repository) == first


def test_what_is_not_committed_does_not_count(repository: CopiedRepository) -> None:
    before = tags(repository)
    (repository.folder / "services/main_job/src/main_job/handler.py").write_text("")
    assert tags(repository) == before


def test_a_release_names_its_commit_and_tree_whatever_the_commit_is_called(
    repository: CopiedRepository,
) -> None:
    commit = repository.git("rev-parse", "HEAD")
    for name in ("main", "HEAD", commit, commit[:10]):
        release = content_release(repository.folder, name)
        assert (release.commit, release.tree) == (commit, repository.git("rev-parse", "HEAD^{tree}"))


def test_a_symbolic_link_among_the_inputs_is_refused(repository: CopiedRepository) -> None:
    (repository.folder / "services/main_job/src/main_job/link.py").symlink_to("../../../../README.md")
    repository.commit()
    with pytest.raises(
        ToolError, match=r"needs services/main_job/src/main_job/link.py, which is a symbolic link"
    ):
        tags(repository)


def test_a_submodule_among_the_inputs_is_refused(repository: CopiedRepository) -> None:
    path = "libs/queue_worker/src/queue_worker/vendored"
    repository.git(
        "update-index", "--add", "--cacheinfo", f"160000,{repository.git('rev-parse', 'HEAD')},{path}"
    )
    repository.git("commit", "--quiet", "--message", "Add a submodule")
    with pytest.raises(ToolError, match=f"needs {path}, which is a submodule"):
        tags(repository)


def test_a_path_that_is_copied_and_not_there_is_refused(repository: CopiedRepository) -> None:
    repository.git("rm", "-rq", "libs/job_contract/src")
    commit = repository.commit()
    with pytest.raises(
        ToolError,
        match=f"/Dockerfile copies libs/job_contract/src/job_contract, which is not in commit {commit[:12]}",
    ):
        tags(repository)


def test_a_service_without_a_dockerfile_is_refused(repository: CopiedRepository) -> None:
    repository.git("rm", "-q", "services/main_job/Dockerfile")
    commit = repository.commit()
    with pytest.raises(ToolError, match=f"services/main_job/Dockerfile is not in commit {commit[:12]}"):
        tags(repository)


@pytest.mark.parametrize("name", ["nothing-of-that-name", "", "-x", "main:README.md", "main..HEAD"])
def test_a_name_that_is_no_commit_is_refused(shared: CopiedRepository, name: str) -> None:
    with pytest.raises(BadInput, match=r"There is no commit '.*' in .*; fetch it, or name another"):
        tags(shared, name)


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="not a git repository"):
        content_release(tmp_path, "HEAD")
