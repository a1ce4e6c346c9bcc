"""Plans that take something away, and lists of what may be taken away."""

from plan_cases import Case
from small_plans import Planned, small_plan

# The provider's address: the policy judges a plan as a whole.
WHOLE = "aws.default"
TABLE = "aws_dynamodb_table.ledger"
QUEUE = "aws_sqs_queue.old"

_ENTRY = f"- address: {TABLE}\n  action: delete\n  reason: drained the day before\n"
# Environment → its deletions.yaml. All but dev and staging are held to what holds for prod.
DELETIONS = {
    "said": f"{_ENTRY}  expires: 2999-12-31\n",
    "expired": f"{_ENTRY}  expires: 2000-01-01\n",
    "undated": f"{_ENTRY}  expires: soon\n",
    "unreasoned": _ENTRY.replace("drained the day before", "''") + "  expires: 2999-12-31\n",
    "misspelt": _ENTRY.replace("action", "acton") + "  expires: 2999-12-31\n",
    "unlisted": "address: everything\n",
    "broken": "- [",
}


def deleted(address: str, environment: str = "prod", *actions: str) -> Planned:
    """A resource that goes, or is replaced."""
    before = {"tags_all": {"Environment": environment}}
    return Planned(address, {}, actions=actions or ("delete",), before=before)


def _without_table(environment: str) -> Case:
    plan = small_plan(environment=environment, gone=(deleted(TABLE, environment),))
    reasons = {
        "said": "",
        "expired": f"{TABLE}: the plan would delete it; keep it, or name it in infra/envs/expired/",
        "undated": "not proven: expires in deletions.yaml is 'soon'",
        "unreasoned": f"not proven: {TABLE} has no reason",
        "misspelt": "not proven: each entry of deletions.yaml needs address, action, reason and expires",
        "unlisted": "not proven: deletions.yaml is not a list",
        "broken": "not proven: deletions.yaml is not YAML",
        "prod": f"{TABLE}: the plan would delete it",
        "shared": f"{TABLE}: the plan would delete it",
        "dev": "",
        "staging": "",
    }
    reason = reasons[environment]
    return Case(environment, plan, {WHOLE: reason} if reason else {})


CASES = [
    *(_without_table(environment) for environment in (*DELETIONS, "prod", "shared", "dev", "staging")),
    Case("made", small_plan(Planned(QUEUE, {"name": "old"})), {}),
    Case("something that keeps nothing", small_plan(gone=(deleted("aws_cloudwatch_metric_alarm.x"),)), {}),
    Case("a queue", small_plan(gone=(deleted(QUEUE),)), {WHOLE: QUEUE}),
    Case("a database", small_plan(gone=(deleted("aws_db_instance.this"),)), {WHOLE: "aws_db_instance.this"}),
    Case("a cluster", small_plan(gone=(deleted("aws_rds_cluster.this"),)), {WHOLE: "aws_rds_cluster.this"}),
    Case("a key", small_plan(gone=(deleted("aws_kms_key.this"),)), {WHOLE: "aws_kms_key.this"}),
    Case(
        "a bucket, replaced",
        small_plan(gone=(deleted("aws_s3_bucket.results", "prod", "create", "delete"),)),
        {WHOLE: "aws_s3_bucket.results: the plan would replace it"},
    ),
    Case(
        "said for a deletion, not a replacement",
        small_plan(environment="said", gone=(deleted(TABLE, "said", "delete", "create"),)),
        {WHOLE: f"{TABLE}: the plan would replace it"},
    ),
    Case(
        "of an environment that is not certain",
        small_plan(environment="dev", gone=(deleted(QUEUE, "prod"),)),
        {WHOLE: "not proven: the plan names dev, prod environment, not one"},
    ),
]
