"""Each rule is broken on purpose in a copy of prod: the command fails, and says the policy's sentence."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from commands import REPOSITORY, run_policies
from open_stack import OPEN_STACK

from policy_command.completeness import our_ids

WORKER = "infra/modules/worker_service"
CONTAINER = "infra/modules/container_service"
SERVICES = tuple(f"module.stack.module.{name}.module.service" for name in ("main_job", "background_job"))
QUEUES = ("module.stack.module.trigger_queue", "module.stack.module.background_queue")
INGRESS = """
resource "aws_vpc_security_group_ingress_rule" "debug" {
  security_group_id = aws_security_group.egress_only.id
  description       = "For a look inside"
  ip_protocol       = "tcp"
  from_port         = 8080
  to_port           = 8080
  cidr_ipv4         = "10.0.0.0/8"
}
"""
WORKFLOW = """\
name: deploy
on: push
permissions: read-all
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
    steps:
      - uses: actions/checkout@v4
      - run: make apply ENV=prod
"""


@dataclass(frozen=True)
class Breach:
    """One change of the code, and where it must be found. `old` empty: `new` is added at the end."""

    policy: str
    sentence: str
    file: str
    old: str
    new: str
    places: tuple[str, ...]


BREACHES = [
    Breach(
        "CKV_JOBS_1",
        "Alarms and scaling read metrics that exist",
        "infra/modules/queue/alarms.tf",
        '"ApproximateAgeOfOldestMessage"',
        '"AgeOfOldestMessage"',
        tuple(f'{queue}.aws_cloudwatch_metric_alarm.oldest_message["on"]' for queue in QUEUES),
    ),
    Breach(
        "CKV_JOBS_2",
        "Every queue has a dead-letter queue that keeps messages longer than the queue does",
        "infra/modules/queue/main.tf",
        "= var.dead_letter_retention_seconds",
        "= var.message_retention_seconds",
        tuple(f"{queue}.aws_sqs_queue.this" for queue in QUEUES),
    ),
    Breach(
        "CKV_JOBS_3",
        "A worker's heartbeat is shorter than the visibility timeout that it extends",
        f"{WORKER}/main.tf",
        "= var.worker.heartbeat_seconds",
        "= 60",
        tuple(f"{service}.aws_ecs_task_definition.this" for service in SERVICES),
    ),
    Breach(
        "CKV_JOBS_4",
        "A worker's drain is shorter than the time that ECS leaves it before the kill",
        f"{WORKER}/main.tf",
        "= var.worker.drain_timeout_seconds",
        "= 120",
        tuple(f"{service}.aws_ecs_task_definition.this" for service in SERVICES),
    ),
    Breach(
        "CKV_JOBS_5",
        "Containers name their image by digest",
        f"{CONTAINER}/container.tf",
        "@${var.image.digest}",
        ":latest",
        tuple(f"{service}.aws_ecs_task_definition.this" for service in SERVICES),
    ),
    Breach(
        "CKV_JOBS_6",
        "Nothing connects to a worker: no ingress rule, no port, no load balancer",
        f"{WORKER}/security_group.tf",
        "",
        INGRESS,
        tuple(f'{service}.aws_ecs_service.fargate["on"]' for service in SERVICES),
    ),
    Breach(
        "CKV_JOBS_7",
        "A task role allows exactly what the recorded calls of its service need",
        "infra/modules/stack/jobs.tf",
        'actions = ["sqs:SendMessage"]',
        'actions = ["sqs:SendMessage", "sqs:PurgeQueue"]',
        (f"{SERVICES[0]}.aws_ecs_task_definition.this",),
    ),
    Breach(
        "CKV_JOBS_8",
        "Fault injection is off in prod",
        "infra/modules/stack/jobs.tf",
        "= var.fault_injection",
        '= "on"',
        (f"{SERVICES[1]}.aws_ecs_task_definition.this",),
    ),
    Breach(
        "CKV_JOBS_13",
        "Databases are encrypted, and nobody outside reaches them",
        "infra/modules/stack/edge.tf",
        "",
        OPEN_STACK,
        ("module.stack.aws_db_instance.orders",),
    ),
    Breach(
        "CKV_JOBS_14",
        "Where a certificate is given, listeners serve by TLS 1.2 or later alone",
        "infra/modules/stack/edge.tf",
        "",
        "",
        ("module.stack.aws_lb_listener.shop",),
    ),
    Breach(
        "CKV_JOBS_15",
        "CloudFront reads a bucket by origin access control, and the bucket is closed to the public",
        "infra/modules/stack/edge.tf",
        "",
        "",
        ("module.stack.aws_cloudfront_distribution.site",),
    ),
    Breach(
        "CKV_JOBS_10",
        "Workflows name actions by full commit SHA and images by digest",
        ".github/workflows/deploy.yml",
        "",
        WORKFLOW,
        (".github/workflows/deploy.yml:10",),
    ),
    *(
        Breach(policy, sentence, ".github/workflows/deploy.yml", "", "", (place,))
        for policy, sentence, place in [
            (
                "CKV_JOBS_11",
                "Workflows have no permissions, and jobs are given single ones with a reason beside each",
                ".github/workflows/deploy.yml:3",
            ),
            (
                "CKV_JOBS_12",
                "Workflows reach AWS by OIDC alone: no access key is stored or handed on",
                ".github/workflows/deploy.yml:8",
            ),
            (
                "CKV2_JOBS_1",
                "Checkouts leave no token behind (persist-credentials is false)",
                ".github/workflows/deploy.yml:10",
            ),
            (
                "CKV2_JOBS_2",
                "Every job ends by itself (timeout-minutes is set)",
                ".github/workflows/deploy.yml:6",
            ),
        ]
    ),
]
# Broken by a plan of its own, in test_deletions.py: a first plan deletes nothing.
DELETIONS = "CKV_JOBS_9"
SKIPS = {
    ("CKV_AWS_27", "A skip skips something", "infra/modules/alerting/main.tf"),
    ("CKV2_AWS_19", "A skip has a reason", "infra/modules/network/private.tf"),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the command reads, with prod alone, and every rule broken."""
    copy = tmp_path_factory.mktemp("broken") / "repository"
    for name, unwanted in {
        "infra": (".terraform", "dev", "staging", "shared"),
        "services": ("src", "tests"),
    }.items():
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns(*unwanted))
    (copy / ".github/workflows").mkdir(parents=True)
    for breach in BREACHES:
        _change(copy / breach.file, breach.old, breach.new)
    network = copy / "infra/modules/network/private.tf"
    network.write_text(re.sub(r"(skip=CKV2_AWS_19):.*", r"\1", network.read_text()))
    alerting = copy / "infra/modules/alerting/main.tf"
    _change(alerting, 'topic" "alerts" {', 'topic" "alerts" {\n  #checkov:skip=CKV_AWS_27:No queue is here.')
    return copy


@pytest.fixture(scope="module")
def told(broken: Path) -> subprocess.CompletedProcess[str]:
    """What the command says of it."""
    return run_policies("--repository", broken)


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text() if file.exists() else ""
    assert not old or text.count(old) == 1, f"{file} has {text.count(old)} times {old}"
    file.write_text(text.replace(old, new) if old else text + new)


def test_every_policy_is_broken_somewhere() -> None:
    assert {breach.policy for breach in BREACHES} == (our_ids("plan") | our_ids("workflows")) - {DELETIONS}


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.policy)
def test_a_broken_rule_fails_the_command_with_its_sentence(
    breach: Breach, told: subprocess.CompletedProcess[str]
) -> None:
    assert told.returncode == 1, told.stdout + told.stderr
    for place in breach.places:
        where = f"plan of prod, {place}" if place.startswith("module.") else place
        assert f"{breach.policy}  {where}: {breach.sentence}. " in told.stdout


def test_nothing_else_is_found(told: subprocess.CompletedProcess[str]) -> None:
    lines = re.findall(r"^(CKV\w+)  (?:plan of prod, )?(.+?): ([A-Z].*?)\. ", told.stdout, re.MULTILINE)
    ours = {(breach.policy, place, breach.sentence) for breach in BREACHES for place in breach.places}

    found = {(policy, where, sentence) for policy, where, sentence in lines if "_JOBS_" in policy}
    skips = {
        (check, sentence, where.partition(":")[0]) for check, where, sentence in lines if "A skip" in sentence
    }

    assert found == ours
    assert skips == SKIPS
    assert "policies: " not in told.stdout
