"""A skip holds where it stands: for one resource of one module, or for all that a module call makes."""

from pathlib import Path
from typing import Any

import pytest

from policy_command.completeness import never_judged, not_applied, our_ids
from policy_command.judging import Judgement, skip_findings
from policy_command.plan_places import PlanPlaces
from policy_command.scanning import Record
from policy_command.skips import read_blocks, read_skips

QUEUE = 'resource "aws_sqs_queue" "this" {\n  name = "x"\n}\n'
SKIPPING = QUEUE.replace("{\n", "{\n  #checkov:skip=CKV_AWS_27:It holds nothing secret.\n")
ROOT = """\
module "orders" {
  source = "../../modules/orders"
}

module "mail" {
  #checkov:skip=CKV_AWS_1:Mail is public.
  #checkov:skip=CKV_AWS_2
  source = "../../modules/mail"
}
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A root with two modules that name their queue alike; only the one of `orders` skips a check."""
    texts = {"envs/dev": ROOT, "modules/orders": SKIPPING, "modules/mail": QUEUE}
    made = []
    for folder, text in texts.items():
        (tmp_path / "infra" / folder).mkdir(parents=True)
        file = tmp_path / "infra" / folder / "main.tf"
        file.write_text(text)
        made.append(file)
    return made


@pytest.fixture
def places(files: list[Path]) -> PlanPlaces:
    """Where the plan's addresses are in the code."""
    calls = {name: {"source": f"../../modules/{name}", "module": {}} for name in ("orders", "mail")}
    plan: dict[str, Any] = {"configuration": {"root_module": {"module_calls": calls}}}
    return PlanPlaces(plan, files[0].parent, read_blocks(files))


def failure(check_id: str, address: str) -> Record:
    """A verdict on a plan."""
    return Record("terraform_plan", "failed", check_id, "A sentence", "dev.json", 0, address, ())


def test_an_address_leads_to_its_block_and_the_calls_around_it(places: PlanPlaces) -> None:
    blocks = places.of('module.orders["a.module.b"].aws_sqs_queue.this[0]')

    assert [(block.file.parent.name, block.name) for block in blocks] == [
        ("dev", "module.orders"),
        ("orders", "aws_sqs_queue.this"),
    ]


def test_a_skip_is_for_its_own_module_alone(files: list[Path], places: PlanPlaces) -> None:
    judgement = Judgement()
    records = [failure("CKV_AWS_27", f"module.{name}.aws_sqs_queue.this") for name in ("orders", "mail")]

    judgement.add_plan(records, "dev", places, read_skips(files))

    (left,) = judgement.findings
    assert left.where == "plan of dev, module.mail.aws_sqs_queue.this"
    assert left.to_do == "Mend infra/modules/mail/main.tf:1, or skip it there: #checkov:skip=CKV_AWS_27:<why>"
    assert judgement.counts["plan of dev"] == {"failed": 1, "skipped": 1}


def test_a_skip_in_a_module_call_is_for_all_that_it_makes(files: list[Path], places: PlanPlaces) -> None:
    judgement = Judgement()
    records = [failure("CKV_AWS_1", f"module.{name}.aws_sqs_queue.this") for name in ("orders", "mail")]

    judgement.add_plan(records, "dev", places, read_skips(files))

    assert [finding.where for finding in judgement.findings] == [
        "plan of dev, module.orders.aws_sqs_queue.this"
    ]


def test_skips_without_a_reason_or_without_use_are_found(files: list[Path], places: PlanPlaces) -> None:
    judgement, skips = Judgement(), read_skips(files)
    records = [failure(check, "module.mail.aws_sqs_queue.this") for check in ("CKV_AWS_1", "CKV_AWS_2")]
    judgement.add_plan(records, "dev", places, skips)

    found = skip_findings(skips, judgement.used_skips, files[0].parents[3])

    assert {(finding.where, finding.check_id, finding.sentence) for finding in found} == {
        ("infra/envs/dev/main.tf:7", "CKV_AWS_2", "A skip has a reason"),
        ("infra/modules/orders/main.tf:2", "CKV_AWS_27", "A skip skips something"),
    }


def test_a_policy_without_a_verdict_is_named() -> None:
    judged = sorted(our_ids("plan"))[1:]

    (missing,) = never_judged([failure(check, "x.y") for check in judged], "plan")

    assert missing == "CKV_JOBS_1 judged nothing"


def test_a_policy_may_be_silent_only_where_no_plan_holds_what_it_is_for() -> None:
    of_databases, of_queues, of_every_plan = "CKV_JOBS_13", "CKV_JOBS_2", "CKV_JOBS_9"
    judged = our_ids("plan") - {of_databases, of_queues, of_every_plan}
    records = [failure(check, "x.y") for check in judged]

    assert not_applied(records, {"*", "aws_sqs_queue"}) == [
        "CKV_JOBS_2 judged nothing",
        "CKV_JOBS_9 judged nothing",
    ]
    assert not_applied(records, {"*", "aws_rds_cluster"}) == [
        "CKV_JOBS_13 judged nothing",
        "CKV_JOBS_9 judged nothing",
    ]
