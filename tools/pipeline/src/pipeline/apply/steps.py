"""A deploy of one root, in the order that makes it safe to stop anywhere and to start again."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deployment.aws_errors import one_sentence
from deployment.errors import BadInput, ToolError
from deployment.outputs import Outputs, read_state
from deployment.private_folder import private_folder
from deployment.roots import Root, deploys_images
from deployment.target import Target
from job_contract import DEFAULT_JOB_TYPE

from pipeline.apply.deployed import DeployedRelease
from pipeline.apply.order import refuse_other_tree, refuse_out_of_order
from pipeline.apply.patience import Patience, Say
from pipeline.apply.services import Service, services_of
from pipeline.apply.smoke import synthetic, try_out
from pipeline.apply.steady import wait_until_steady
from pipeline.apply.terraform_apply import apply_plan
from pipeline.release import Release
from pipeline.review import Record, compare, difference_text, record_of
from pipeline.review.planning import plan_root

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_STEADY_LOOK_SECONDS = 5.0
_SMOKE_LOOK_SECONDS = 1.0


class NotReviewed(ToolError):
    """The plan does what nobody has reviewed; nothing was applied. Exit code 3; `difference` is Markdown."""

    exit_code = 3

    def __init__(self, root: str, difference: str) -> None:
        super().__init__(f"Nothing was applied to {root}: its plan is not covered by what was reviewed.")
        self.difference = difference


@dataclass(frozen=True)
class Limits:
    """How long to wait for what, and which job type the synthetic trigger asks for."""

    lock_seconds: int = 300
    steady_seconds: float = 1200
    smoke_seconds: float = 180
    job_type: str = DEFAULT_JOB_TYPE


@dataclass(frozen=True)
class Order:
    """What is deployed where. `reviewed` is None where nobody has reviewed anything."""

    repository: Path
    root: Root
    target: Target
    bucket: str
    release: Release
    reviewed: Record | None
    profile: str | None = None
    limits: Limits = field(default_factory=Limits)
    say: Say = lambda text: print(text, file=sys.stderr)

    @property
    def s3(self) -> "S3Client":
        """For the state, and what stands beside it."""
        s3: S3Client = self.target.client("s3")
        return s3


def deploy(order: Order) -> str:
    """Deploys; returns what was done, as Markdown. Raises ToolError; NotReviewed beyond the review.

    1. Refuse a commit that is older than what is deployed.
    2. Plan, into a file that nobody else can read.
    3. Refuse what was not reviewed.
    4. Write down that the commit is being deployed, unless another deploy was quicker. Before the apply: from
       here on an older commit is refused, for some of this one may be there.
    5. Apply.
    6. Wait until ECS runs it.
    7. Try it out.
    8. Write down that it is deployed.
    """
    root, release, say = order.root.name, order.release, order.say
    _refuse_missing_images(order)
    refuse_other_tree(order.repository, release.commit)
    deployed = DeployedRelease(order.s3, order.bucket, root)
    with one_sentence(order.target.name):
        before = deployed.read()
    refuse_out_of_order(order.repository, release.commit, before, root)
    changes = _plan_and_apply(order, deployed)
    with one_sentence(order.target.name):
        state = read_state(order.s3, order.bucket, root)
        services = services_of(state)
        tried = _see_it_work(order, services, outputs_of(state, root))
        deployed.finish()
    say(f"{root} runs {release.commit[:12]}")
    return _summary(order, changes, services, tried)


def outputs_of(state: dict[str, Any] | None, root: str) -> Outputs:
    """The outputs in a state."""
    values = {name: output.get("value") for name, output in (state or {}).get("outputs", {}).items()}
    return Outputs(root, values)


def look_command(root: str, profile: str | None, target: Target) -> str:
    """What shows a job to a person; `{}` stands for its id."""
    where = "" if target.is_local else f" --env {root}{f' --profile {profile}' if profile else ''}"
    return f".venv/bin/jobctl show {{}}{where}"


def _refuse_missing_images(order: Order) -> None:
    if deploys_images(order.root) and order.release.missing:
        raise BadInput(
            f"The release has no digest for {' and '.join(order.release.missing)}: "
            "no such image was published; `pipeline publish` does it."
        )


def _plan_and_apply(order: Order, deployed: DeployedRelease) -> int:
    """Steps 2 to 5; the number of resources that were to change."""
    root = order.root.name
    digests = {service: image.planned_digest for service, image in order.release.images.items()}
    with private_folder() as folder:
        order.say(f"Planning {root}")
        planned = plan_root(order.root, order.target, digests, folder, profile=order.profile)
        record = record_of(planned.document, root, order.release)
        reviewed = order.reviewed or Record(root, record.tree, record.images, ())
        if differences := compare(record, reviewed):
            raise NotReviewed(root, difference_text(differences))
        with one_sentence(order.target.name):
            deployed.begin(order.release)
        order.say(f"Applying {len(record.changes)} change(s) to {root}, all reviewed")
        planned.terraform.say = order.say
        apply_plan(planned.terraform, planned.file, order.s3, root, order.limits.lock_seconds)
    return len(record.changes)


def _see_it_work(order: Order, services: list[Service], outputs: Outputs) -> str:
    """Steps 6 and 7, which fall away where no service runs."""
    root, limits = order.root.name, order.limits
    if not services:
        order.say(f"{root} has no services: nothing to wait for, and nothing to try out")
        return "It has no services to wait for or to try out."
    patience = Patience(limits.steady_seconds, _STEADY_LOOK_SECONDS, order.say)
    wait_until_steady(order.target.client("ecs"), services, patience)
    steady_after = patience.seconds
    smoke = synthetic(order.release.commit, look_command(root, order.profile, order.target), limits.job_type)
    seconds = try_out(
        order.target.client("sqs"),
        order.target.client("dynamodb"),
        outputs,
        smoke,
        Patience(limits.smoke_seconds, _SMOKE_LOOK_SECONDS, order.say),
    )
    return (
        f"Every service was steady after {steady_after:.0f} s. "
        f"The synthetic job `{smoke.job_id}` succeeded after {seconds:.1f} s."
    )


def _summary(order: Order, changes: int, services: list[Service], tried: str) -> str:
    lines = [
        f"### {order.root.name} runs `{order.release.commit[:12]}`",
        "",
        f"{changes} change(s) applied. {tried}",
    ]
    if services:
        lines += ["", "| service | task definition |", "|---|---|"]
        lines += [f"| {service.name} | `{service.task_definition}` |" for service in services]
    return "\n".join(lines) + "\n"
