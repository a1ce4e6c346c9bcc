"""What must hold for workflows beyond what linters and policies see; a rule gives a sentence a fault."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from workflow_files import Automation, Job, Step

Rule = Callable[[Automation], Iterator[str]]
_PINNED = re.compile(r"^\s*(?:- )?uses:\s*(?P<pin>[\w.-]+/\S+@\S+(?: # \S+)?)\s*$", re.MULTILINE)
_LOCAL = "./.github/"
# What needs a permission: an action, or a command of ours.
_NEEDED_FOR = {
    ("contents", "read"): ("actions/checkout", "github/codeql-action/upload-sarif"),
    ("id-token", "write"): ("aws-actions/configure-aws-credentials", "actions/attest"),
    ("actions", "read"): (
        "pipeline find-record",
        "pipeline approved",
        "pipeline load-approved",
        "github/codeql-action/upload-sarif",
    ),
    ("pull-requests", "read"): ("pipeline find-record",),
    ("pull-requests", "write"): ("pipeline comment",),
    ("issues", "write"): ("pipeline drift-issue",),
    ("security-events", "write"): ("github/codeql-action/upload-sarif",),
    ("attestations", "read"): ("pipeline verify",),
    ("attestations", "write"): ("actions/attest",),
}
# Gated by the last job, which is the one that main requires or that tells of a deployment.
_GATES = {"pull-request.yml": "all-green", "deploy.yml": "deployed"}


def every_job_is_gated(of: Automation) -> Iterator[str]:
    """The gate needs every other job, always runs, and has the name that main's protection asks for."""
    for workflow, name in _GATES.items():
        jobs = {job.name: job for job in of.jobs_of(workflow)}
        gate = jobs.pop(name)
        missing = sorted(set(jobs) ^ set(gate.content["needs"]))
        if missing:
            yield f"{gate.place}: needs must name every other job; it differs in {', '.join(missing)}"
        if gate.content.get("if") != "always()":
            yield f"{gate.place}: must run in every case (if: always())"
        if gate.content.get("name") != name:
            yield f"{gate.place}: must be called {name}"
        if not any(step.run == ".venv/bin/pipeline gate" for step in gate.steps):
            yield f"{gate.place}: must run pipeline gate"


def every_action_of_others_is_on_the_list(of: Automation) -> Iterator[str]:
    """By commit and version, one version of each, and none on the list that nobody uses."""
    listed = [
        line for line in (of.folder / ".github/action-pins.txt").read_text().splitlines() if line[:1] != "#"
    ]
    for action, count in Counter(pin.partition("@")[0] for pin in listed).items():
        if count > 1:
            yield f"action-pins.txt: {action} has {count} versions"
    used = {pin for file in of.files.values() for pin in _PINNED.findall(file.read_text())}
    yield from (f"{pin} is not in action-pins.txt" for pin in sorted(used - set(listed)))
    yield from (f"action-pins.txt: {pin} is not used" for pin in sorted(set(listed) - used))
    for step in of.steps:
        if step.uses and not step.uses.startswith(_LOCAL) and "@" not in str(step.content["uses"]):
            yield f"{step.place}: {step.uses} has no version"


def every_permission_is_needed(of: Automation) -> Iterator[str]:
    """A job may do what its steps need, no more, no less; a call grants what the called jobs have."""
    for job in of.jobs:
        needed = _needed(of, job)
        granted = set(job.permissions.items())
        for scope, level in sorted(granted - needed):
            yield f"{job.place}: nothing needs {scope}: {level}"
        for scope, level in sorted(needed - granted):
            yield f"{job.place}: lacks {scope}: {level}"


def _needed(of: Automation, job: Job) -> set[tuple[str, str]]:
    if job.calls:
        together = {grant for called in of.jobs_of(job.calls) for grant in called.permissions.items()}
        return {
            (scope, level)
            for scope, level in together
            if level == "write" or (scope, "write") not in together
        }
    steps = list(of.all_steps(job))
    return {grant for grant, reasons in _NEEDED_FOR.items() if any(_matches(step, reasons) for step in steps)}


def _matches(step: Step, reasons: tuple[str, ...]) -> bool:
    return step.uses in reasons or any(step.run.startswith(f".venv/bin/{reason} ") for reason in reasons)


def everything_has_a_name_and_an_end(of: Automation) -> Iterator[str]:
    """People read names in GitHub's list of checks."""
    for job in of.jobs:
        if "name" not in job.content:
            yield f"{job.place}: has no name"
        if not job.calls and not 1 <= int(job.content.get("timeout-minutes", 0)) <= 60:
            yield f"{job.place}: timeout-minutes must be between 1 and 60"
    yield from (f"{step.place}: has no name" for step in of.steps if "name" not in step.content)


def one_kind_of_machine(of: Automation) -> Iterator[str]:
    """A newer one is tried on purpose, everywhere at once."""
    kinds = {str(job.content["runs-on"]) for job in of.jobs if not job.calls}
    if len(kinds) != 1:
        yield f"jobs run on {', '.join(sorted(kinds))}"


def what_is_shared_is_used(of: Automation) -> Iterator[str]:
    """Reusable workflows, composite actions, and each with exactly the inputs that it declares."""
    calls = [(job.place, f"./.github/workflows/{job.calls}", job.content) for job in of.jobs if job.calls]
    calls += [(step.place, step.uses, step.content) for step in of.steps if step.uses.startswith(_LOCAL)]
    used = {path.rpartition("/")[2] for _, path, _ in calls}
    declared = {name: document for name, document in of.documents.items() if _inputs(document) is not None}
    yield from (f"{name} is not used" for name in sorted(set(declared) - used))
    for place, path, content in calls:
        inputs = _inputs(of.documents[path.rpartition("/")[2]]) or {}
        given = set(content.get("with") or {})
        required = {name for name, about in inputs.items() if about.get("required")}
        yield from (f"{place}: {path} takes no {name}" for name in sorted(given - set(inputs)))
        yield from (f"{place}: {path} needs {name}" for name in sorted(required - given))


def _inputs(document: dict[str, object]) -> dict[str, dict[str, object]] | None:
    if "runs" in document:
        return document.get("inputs") or {}  # type: ignore[return-value]
    triggers = document["on"]
    if not isinstance(triggers, dict) or "workflow_call" not in triggers:
        return None
    return (triggers["workflow_call"] or {}).get("inputs") or {}


def roots_are_those_that_exist(of: Automation) -> Iterator[str]:
    """Planned, deployed and looked at are the roots in infra/envs, in the order of their importance."""
    roots = {file.parent.name for file in of.folder.glob("infra/envs/*/backend.tf")}
    deployed = [job for job in of.jobs_of("deploy.yml") if job.calls == "_deploy.yml"]
    lists = {
        "pull-request.yml, job plan": of.documents["pull-request.yml"]["jobs"]["plan"]["strategy"]["matrix"][
            "root"
        ],
        "drift.yml, job look": of.documents["drift.yml"]["jobs"]["look"]["strategy"]["matrix"]["root"],
        "deploy.yml": [job.content["with"]["root"] for job in deployed],
    }
    for place, named in lists.items():
        if set(named) != roots or len(named) != len(roots):
            yield f"{place}: has {', '.join(named)}; there are {', '.join(sorted(roots))}"
    for job in deployed:
        if job.name != job.content["with"]["root"]:
            yield f"{job.place}: deploys {job.content['with']['root']}"
    order = {job.name: job.content.get("needs") for job in of.jobs_of("deploy.yml")}
    wanted = {"shared": None, "publish": "shared", "dev": "publish", "staging": "dev", "prod": "staging"}
    for name, needs in wanted.items():
        if order.get(name) != needs:
            yield f"deploy.yml, job {name}: must need {needs}, not {order.get(name)}"


def who_applies_is_protected(of: Automation) -> Iterator[str]:
    """A role that changes or loads is taken in its own environment, one run at a time, none cancelled."""
    for job in of.jobs:
        roles = {str(step.inputs.get("role")) for step in job.steps if step.uses == "./.github/actions/aws"}
        for role in sorted(role for role in roles if role.startswith(("apply-", "load-"))):
            purpose, _, root = role.partition("-")
            place = root if purpose == "apply" else f"{root}-load"
            if job.content.get("environment") != place:
                yield f"{job.place}: takes {role}, but is not in the environment {place}"
            wanted = {"group": f"deploy-{root}", "cancel-in-progress": False, "queue": "max"}
            if job.content.get("concurrency") != wanted:
                yield f"{job.place}: concurrency must be {wanted}"
        if "publish" in roles and job.workflow != "_publish.yml":
            yield f"{job.place}: takes the role publish"


def who_loads_is_approved(of: Automation) -> Iterator[str]:
    """A job with a role that loads runs after one that saw an approval, or where none is asked for."""
    wanted = "(needs.check.outputs.approval == 'false' || needs.approve.result == 'success')"
    for job in of.jobs:
        if not any(str(step.inputs.get("role")).startswith("load-") for step in job.steps):
            continue
        asked = {other.name: other for other in of.jobs_of(job.workflow)}["approve"]
        environment = str(job.content["environment"]).removesuffix("-load")
        if asked.content.get("environment") != f"{environment}-approval":
            yield f"{asked.place}: must be in the environment {environment}-approval"
        if not any(step.run.startswith(".venv/bin/pipeline load-approved ") for step in asked.steps):
            yield f"{asked.place}: must run pipeline load-approved"
        if set(job.content["needs"]) != {"check", "approve"} or wanted not in str(job.content.get("if")):
            yield f"{job.place}: must ask for {wanted}"


def strangers_get_nothing(of: Automation) -> Iterator[str]:
    """No event lends a stranger our rights; no secret is named; only plans of our own branches get a role."""
    for name, document in of.documents.items():
        for event in ("pull_request_target", "workflow_run", "issue_comment"):
            if event in (document.get("on") or {}):
                yield f"{name}: must not run on {event}"
        if re.search(r"\bsecrets\b", of.files[name].read_text()):
            yield f"{name}: names a secret"
    condition = of.documents["pull-request.yml"]["jobs"]["plan"]["if"]
    for part in (
        "vars.AWS_ACCOUNT_ID != ''",
        "github.event_name == 'pull_request'",
        "github.event.pull_request.head.repo.id == github.event.repository.id",
        "github.event.sender.type == 'User'",
    ):
        if part not in condition.split(" && "):
            yield f"pull-request.yml, job plan: must ask for {part}"
    for job in of.jobs_of("pull-request.yml"):
        if job.name != "plan" and "id-token" in job.permissions:
            yield f"{job.place}: has a token for AWS"


def artifacts_meet(of: Automation) -> Iterator[str]:
    """What is downloaded was uploaded under that name; what is kept says how long, and can be repeated."""
    uploads = [step for step in of.steps if step.uses == "actions/upload-artifact"]
    names = {_template(step.inputs["name"]) for step in uploads}
    for step in of.steps:
        if step.uses == "actions/download-artifact" and _template(step.inputs["name"]) not in names:
            yield f"{step.place}: nothing uploads {step.inputs['name']}"
    for step in uploads:
        if not 1 <= int(step.inputs.get("retention-days", 0)) <= 90:
            yield f"{step.place}: retention-days must be between 1 and 90"
        if step.inputs.get("overwrite") is not True:
            yield f"{step.place}: must overwrite, for a run is repeated"


def _template(name: str) -> str:
    return re.sub(r"\$\{\{.*?\}\}", "*", name)


def outputs_arrive(of: Automation) -> Iterator[str]:
    """GitHub drops an output of a job that holds a masked value: the account is in the names of images."""
    for step in of.steps:
        masks = step.inputs.get("mask-aws-account-id") is not False
        if step.uses == "aws-actions/configure-aws-credentials" and masks:
            yield f"{step.place}: must not mask the account"


def nothing_is_cached(of: Automation) -> Iterator[str]:
    """What a pull request leaves in a cache could reach a deployment."""
    for step in of.steps:
        switched = str(step.inputs.get("cache", "false")) not in ("false", "")
        if step.uses == "actions/cache" or switched:
            yield f"{step.place}: caches"
        if step.uses == "aquasecurity/trivy-action" and step.inputs.get("cache") != "false":
            yield f"{step.place}: caches unless it is told not to"


RULES: tuple[Rule, ...] = (
    every_job_is_gated,
    every_action_of_others_is_on_the_list,
    every_permission_is_needed,
    everything_has_a_name_and_an_end,
    one_kind_of_machine,
    what_is_shared_is_used,
    roots_are_those_that_exist,
    who_applies_is_protected,
    who_loads_is_approved,
    strangers_get_nothing,
    artifacts_meet,
    outputs_arrive,
    nothing_is_cached,
)
