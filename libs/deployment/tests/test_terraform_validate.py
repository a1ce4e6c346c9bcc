"""Which roots and modules are validated for a changed file."""

from pathlib import Path

import pytest
from deployment.terraform.validate import folders_to_validate

USES = {
    Path("/envs/dev"): {Path("/modules/stack")},
    Path("/envs/shared"): {Path("/modules/bucket")},
    Path("/modules/stack"): {Path("/modules/queue")},
    Path("/modules/queue"): set(),
    Path("/modules/bucket"): set(),
    Path("/modules/alone"): set(),
}


@pytest.mark.parametrize(
    ("files", "validated"),
    [
        (["/envs/dev/main.tf"], ["/envs/dev"]),
        (["/modules/queue/iam.tf", "/modules/queue/main.tf"], ["/envs/dev"]),
        (["/modules/queue/iam.tf", "/modules/bucket/main.tf"], ["/envs/dev", "/envs/shared"]),
        (["/modules/alone/main.tf"], ["/modules/alone"]),
        ([], []),
    ],
    ids=["a root", "a module below a module", "modules of two roots", "a module that none calls", "nothing"],
)
def test_the_roots_that_use_a_file_are_validated(files: list[str], validated: list[str]) -> None:
    assert folders_to_validate(map(Path, files), USES) == [Path(folder) for folder in validated]
