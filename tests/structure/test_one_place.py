"""A fork sets its values in infra/envs/product.json: no other file holds those that stand there now."""

import re
from pathlib import Path

import pytest
from deployment.product import PLACE

ROOT = Path(__file__).parents[2]
NAME, REGION = "message-driven-microservices", "us-east-1"
# Where else the name may stand, by pattern of the path, and why.
NAME_ALLOWED = {
    str(PLACE): "the place",
    "tests/structure/test_one_place.py": "this rule",
    "*.md": "pages show the commands as they are here; a fork reads its own name in its place",
    "infra/modules/github_access/variables.tf": "an example of a repository's name, in a sentence",
}
REGION_ALLOWED = {
    str(PLACE): "the place",
    "*.md": "pages show examples",
    "libs/deployment/src/deployment/bootstrap.py": "S3 wants no location constraint there, whoever asks",
    "libs/deployment/src/deployment/variables.py": "the AWS CLI's own habit there, in a comment",
    "tools/pipeline/src/pipeline/cost/prices.toml": "the region that the prices are of",
    "tools/jobctl/src/jobctl/load/prices.toml": "the same",
    "infra/modules/*/variables*.tf": "examples of ARNs and URLs, in sentences",
    "infra/modules/*/tests/*.tftest.hcl": "modules are tested with a location of the test's own",
    "examples/*/infra/*.tf": "an example is a root of its own, which sets its own values",
    "examples/*/infra/tests/*.tftest.hcl": "the same",
    "tests/examples/*": "what examples of that region are compared with",
    "tests/infra/secret_root/main.tf": "a root of its own, which only the tests know",
    "tests/contract/*": "a world of its own, without Terraform",
    "tests/policies/*": "plans made for the test",
    "tests/deploys/small_roots/dev/main.tf": "an image of a service that is only here",
    "tests/review/*": "roots and plans made for the test",
    "tests/workflows/*": "a small fork of its own, which sets its own values",
    "tests/infra/test_authorization_table.py": "a place made for the test",
    "tests/structure/test_one_place.py": "this rule",
    "libs/*/tests/*": "packages are tested without the roots",
    "services/*/tests/*": "the same",
    "tools/*/tests/*": "the same",
    "examples/*/api/tests/*": "the same",
}


@pytest.mark.parametrize(
    ("value", "allowed"),
    [(NAME, NAME_ALLOWED), (REGION, REGION_ALLOWED)],
    ids=["name", "region"],
)
def test_no_other_file_names_it(value: str, allowed: dict[str, str], tree: dict[str, str]) -> None:
    named = {path for path, text in tree.items() if value in text}

    assert {path for path in named if not any(Path(path).match(each) for each in allowed)} == set()


def test_every_root_reads_it(tree: dict[str, str]) -> None:
    roots = [path for path in tree if re.fullmatch(r"infra/envs/\w+/providers\.tf", path)]

    assert len(roots) >= 4
    for path in roots:
        assert "region              = local.aws_region" in tree[path]
        assert "allowed_account_ids = local.account_ids" in tree[path]
