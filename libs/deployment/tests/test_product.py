"""What a fork sets is read whole, or refused in one sentence: the place, the value and what is allowed."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from deployment.errors import ToolError
from deployment.product import GitHubRepository, Product, product, read_product, write_product

GITHUB = {"owner": "example-org", "name": "jobs", "owner_id": "4211", "repository_id": "987654"}
FORK = Product("shop", "eu-central-1", "111122223333", GitHubRepository(**GITHUB))
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
REFUSED: list[tuple[str, Any]] = [
    ("project_name", None),
    ("project_name", "Shop"),
    ("project_name", "shop-"),
    ("project_name", "s" * 32),
    ("project_name", "1shop"),
    ("aws_region", None),
    ("aws_region", "Frankfurt"),
    ("aws_region", "eu-central-1a"),
    ("aws_account_id", 111122223333),
    ("aws_account_id", "11112222333"),
    ("aws_account_id", ""),
    ("existing_github_provider_arn", "arn:aws:iam::111122223333:oidc-provider/example.com"),
    ("github", "example-org/jobs"),
    ("github", GITHUB | {"branch": "main"}),
    ("github", GITHUB | {"owner": "example-org/jobs"}),
    ("github", GITHUB | {"name": "example-org/jobs"}),
    ("github", GITHUB | {"owner_id": 4211}),
    ("github", GITHUB | {"repository_id": "0"}),
]


def written(folder: Path, **changes: Any) -> Path:
    file = folder / "product.json"
    file.write_text(json.dumps(asdict(FORK) | changes))
    return file


@pytest.mark.parametrize(
    "changed",
    [
        FORK,
        replace(FORK, aws_account_id=None, github=None),
        replace(FORK, project_name="ab", aws_region="us-gov-west-1"),
        replace(FORK, project_name="s" * 31, existing_github_provider_arn=PROVIDER),
    ],
)
def test_what_is_written_is_read_back(changed: Product, tmp_path: Path) -> None:
    write_product(tmp_path / "product.json", changed)

    assert read_product(tmp_path / "product.json") == changed


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=lambda each: str(each)[:40])
def test_a_wrong_value_is_refused_by_name(name: str, value: Any, tmp_path: Path) -> None:
    file = written(tmp_path, **{name: value})

    with pytest.raises(ToolError, match=rf"product\.json has .* as {name}(\.\w+)?; it must be") as refusal:
        read_product(file)
    assert str(refusal.value).count("\n") == 0


def test_a_wrong_value_is_not_written_over_a_right_one(tmp_path: Path) -> None:
    file = written(tmp_path)

    with pytest.raises(ToolError, match="project_name"):
        write_product(file, replace(FORK, project_name="Shop"))

    assert read_product(file) == FORK
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("{", "is no JSON"),
        ("[]", "exactly these keys"),
        ("{}", "exactly these keys"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(text: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "product.json"
    if text is not None:
        file.write_text(text)

    with pytest.raises(ToolError, match=said):
        read_product(file)


def test_this_clone_has_one() -> None:
    assert product().project_name


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("eu-central-1", "arn:aws:iam::111122223333:role/shop-github-plan"),
        ("cn-north-1", "arn:aws-cn:iam::111122223333:role/shop-github-plan"),
        ("us-gov-west-1", "arn:aws-us-gov:iam::111122223333:role/shop-github-plan"),
    ],
)
def test_roles_are_named_in_the_regions_partition(region: str, arn: str) -> None:
    assert replace(FORK, aws_region=region).role_arn("plan", "111122223333") == arn
