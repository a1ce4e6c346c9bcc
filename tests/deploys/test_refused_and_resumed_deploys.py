"""What a deploy refuses, resumes and keeps, on a root without services; real Terraform, real states.

The tests are one history of main: each begins where the one before ended.
"""

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from deploys_world import STATES, World
from embedded_aws.fault_proxy import Fault, FaultProxy, Forward, Request, Response

ROOT = "staging"
STATE, LOCK = f"{ROOT}/terraform.tfstate", f"{ROOT}/terraform.tfstate.tflock"
SECRET = "hunter2-in-a-variable"  # pragma: allowlist secret
NOT_REVIEWED, FAILED = 3, 1
# The other files of this folder share the world.
pytestmark = pytest.mark.xdist_group("deploys")


def expired(_: Request, __: Forward) -> Response:
    body = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
    return Response(400, {"Content-Type": "application/xml"}, body)


def plans_left(world: World) -> list[Path]:
    return list(world.temporary.glob("terraform-plan-*/terraform.plan"))


def test_without_a_record_everything_counts_as_not_reviewed(world: World, page: Path) -> None:
    world.commit("begin", ROOT, token=SECRET)

    done = world.apply(ROOT, None, env={"GITHUB_STEP_SUMMARY": str(page)})

    assert done.returncode == NOT_REVIEWED, done.stderr
    assert done.stderr.endswith(
        "pipeline: Nothing was applied to staging: its plan is not covered by what was reviewed.\n"
    )
    for address in ('terraform_data.alarm["depth"]', "terraform_data.token"):
        assert f"- `{address}`: nothing was reviewed here" in done.stdout
    assert page.read_text() == f"### staging: not deployed\n\n{done.stdout}\n"
    assert SECRET not in done.stdout + done.stderr + page.read_text()
    assert "Contents" not in world.client("s3").list_objects_v2(Bucket=STATES, Prefix=f"{ROOT}/")


def test_what_was_reviewed_is_applied_also_when_it_was_merged_as_another_commit(
    world: World, page: Path
) -> None:
    reviewed = world.review(ROOT)
    squashed = world.commit("the same files by a squash merge", ROOT)

    done = world.apply(ROOT, reviewed, env={"GITHUB_STEP_SUMMARY": str(page)})

    assert done.returncode == 0, done.stderr
    assert world.thresholds() == {"depth": 5}
    digests = dict.fromkeys(("main_job", "background_job"), "sha256:" + "a" * 64)
    written = world.deployed(ROOT)
    assert written == written | {"format": 1, "commit": squashed, "digests": digests, "phase": "deployed"}
    assert written["tree"] == world.git("rev-parse", "HEAD^{tree}")
    assert f"### staging runs `{squashed[:12]}`\n\n2 change(s) applied." in page.read_text()
    log = world.folder / ".local/terraform/infra-envs-staging-local.log"
    assert SECRET not in done.stdout + done.stderr + page.read_text() + log.read_text() + reviewed.read_text()
    assert SECRET in json.dumps(world.state(ROOT))
    assert not plans_left(world)


def test_another_merge_in_between_needs_a_review_of_both(world: World) -> None:
    world.commit("raise the threshold", ROOT, thresholds={"depth": 6})
    reviewed = world.review(ROOT)
    world.commit("another merge", ROOT, thresholds={"depth": 6, "age": 9})

    done = world.apply(ROOT, reviewed)

    assert done.returncode == NOT_REVIEWED, done.stderr
    assert "another tree of files was reviewed" in done.stdout
    assert '`terraform_data.alarm["age"]`: nothing was reviewed here' in done.stdout
    assert '"depth"]`' not in done.stdout
    assert world.thresholds() == {"depth": 5}


def test_a_half_finished_deploy_is_resumed_and_an_older_commit_refused_meanwhile(world: World) -> None:
    reviewed = world.review(ROOT)
    before, begun = world.git("rev-parse", "HEAD^"), world.git("rev-parse", "HEAD")
    failed = world.apply(ROOT, reviewed, env={"PROVISION": "exit 1"})
    half = world.thresholds(), world.deployed(ROOT)["phase"]

    world.git("checkout", "-q", before)
    older = world.apply(ROOT, None)
    world.git("checkout", "-q", "main")
    resumed = world.apply(ROOT, reviewed)

    assert failed.returncode == FAILED
    assert "terraform apply failed for staging: local-exec provisioner error" in failed.stderr
    assert half == ({"depth": 6}, "deploying")
    assert older.returncode == FAILED
    assert f"{before[:12]} is older than {begun[:12]}, which was begun and not finished in" in older.stderr
    assert "Planning" not in older.stderr
    assert resumed.returncode == 0, resumed.stderr
    assert "Applying 1 change(s)" in resumed.stderr
    assert world.thresholds() == {"depth": 6, "age": 9}
    assert world.deployed(ROOT)["phase"] == "deployed"


def test_a_lock_that_another_run_holds_is_waited_for_and_then_named(world: World) -> None:
    world.commit("lower the threshold", ROOT, thresholds={"depth": 4, "age": 9})
    reviewed = world.review(ROOT)
    lock = {
        "ID": "0b1c-42",
        "Operation": "OperationTypeApply",
        "Who": "runner@github",
        "Created": "2026-11-20T10:00:00Z",
        "Version": "1.11.4",
        "Info": "",
        "Path": f"{STATES}/{STATE}",
    }
    world.client("s3").put_object(Bucket=STATES, Key=LOCK, Body=json.dumps(lock))

    done = world.apply(ROOT, reviewed, "--lock-seconds", "2")
    world.client("s3").delete_object(Bucket=STATES, Key=LOCK)

    assert done.returncode == FAILED
    assert done.stderr.splitlines()[-1] == (
        "pipeline: The state of staging is locked by runner@github since 2026-11-20T10:00:00Z "
        "(OperationTypeApply, lock 0b1c-42); waited 2 s. If that run lives, start this one again when it has "
        "ended; if it is dead: docs/disaster.md#the-state-is-locked"
    )
    assert world.thresholds()["depth"] == 6


def test_a_state_that_cannot_be_saved_is_kept_and_saved_with_fresh_credentials(world: World) -> None:
    reviewed = world.review(ROOT)
    with FaultProxy(world.endpoint) as proxy:
        proxy.add(Fault(f"PUT */{STATE}", expired))
        proxy.add(Fault(f"DELETE */{LOCK}", expired))
        failed = world.apply(ROOT, reviewed, endpoint=proxy.endpoint)
    kept = world.folder / ".local/terraform/infra-envs-staging-local.errored.tfstate"
    assert failed.returncode == FAILED
    assert "The state of staging could not be saved: Failed to save state. It alone knows" in failed.stderr
    assert f"kept in {kept}. Log in again and run `pipeline save-state staging`" in failed.stderr
    assert json.loads(kept.read_text())["version"] == 4
    assert kept.stat().st_mode & 0o077 == 0
    assert not (world.folder / "infra/envs/staging/errored.tfstate").exists()

    saved = world.pipeline("save-state", ROOT)
    again = world.pipeline("save-state", ROOT)
    resumed = world.apply(ROOT, reviewed)

    assert saved.returncode == 0, saved.stderr
    assert saved.stdout == "Saved the state of staging; start the deploy again: it does the rest.\n"
    assert again.stdout == "Every state of staging that was made here is saved.\n"
    assert not kept.exists()
    assert resumed.returncode == 0, resumed.stderr
    assert "Applying 0 change(s)" in resumed.stderr
    assert world.thresholds()["depth"] == 4


def test_a_lock_of_another_run_keeps_an_unsaved_state_from_being_saved(world: World) -> None:
    kept = world.folder / ".local/terraform/infra-envs-staging-local.errored.tfstate"
    kept.write_text(json.dumps(world.state(ROOT)))
    lock = {"ID": "another", "Who": "runner@github", "Created": "2026-11-20T10:00:00Z"}
    world.client("s3").put_object(Bucket=STATES, Key=LOCK, Body=json.dumps(lock))

    refused = world.pipeline("save-state", ROOT)
    world.client("s3").delete_object(Bucket=STATES, Key=LOCK)
    deploy = world.apply(ROOT, None)

    assert refused.returncode == FAILED
    assert "is locked by runner@github since 2026-11-20T10:00:00Z, and that is not the run" in refused.stderr
    assert (deploy.returncode, "run `pipeline save-state staging`" in deploy.stderr) == (FAILED, True)
    assert kept.is_file()
    kept.unlink()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_stop_saves_the_state_and_leaves_no_lock_and_no_plan(
    world: World, number: signal.Signals
) -> None:
    world.commit("once more", ROOT, thresholds={"depth": 4, "age": 9, number.name: 1})
    reviewed = world.review(ROOT)
    process = subprocess.Popen(
        world.command(ROOT, reviewed),
        cwd=world.folder,
        env=world.environment(PROVISION="sleep 30"),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "Provisioning with" in line:
            break
    assert plans_left(world)
    process.send_signal(number)
    said.append(process.stderr.read())
    process.wait(60)

    objects = world.client("s3").list_objects_v2(Bucket=STATES, Prefix=f"{ROOT}/")["Contents"]
    assert process.returncode == 128 + number, said
    assert LOCK not in {each["Key"] for each in objects}
    assert not plans_left(world)
    assert re.search("Interrupt received", "".join(said))
    assert world.deployed(ROOT)["phase"] == "deploying"
    resumed = world.apply(ROOT, reviewed)
    assert resumed.returncode == 0, resumed.stderr
    assert number.name in world.thresholds()


def test_what_changes_between_plan_and_apply_makes_the_plan_stale(world: World) -> None:
    """Another run that is not held off by the queue of deploys: Terraform's own check."""
    world.commit("stale", ROOT, thresholds={"depth": 2})
    reviewed = world.review(ROOT)

    def move_on(request: Request, forward: Forward) -> Response:
        moved = world.state(ROOT) | {"serial": world.state(ROOT)["serial"] + 1}
        world.client("s3").put_object(Bucket=STATES, Key=STATE, Body=json.dumps(moved))
        return forward(request)

    with FaultProxy(world.endpoint) as proxy:
        proxy.add(Fault(f"PUT */{LOCK}", move_on, times=1))
        done = world.apply(ROOT, reviewed, endpoint=proxy.endpoint)

    assert done.returncode == FAILED
    assert "Something else changed the state of staging between this plan and its apply" in done.stderr
    assert world.thresholds()["depth"] == 4


def test_another_tree_than_the_releases_and_unpublished_images_are_bad_input(
    world: World,
) -> None:
    release = world.release()
    content = json.loads(release.read_text())
    missing = world.folder / ".local/missing.json"
    content["images"]["main_job"]["digest"] = None
    missing.write_text(json.dumps(content))
    other = world.folder / ".local/other.json"
    other.write_text(release.read_text().replace(content["commit"], "0" * 40))

    unpublished = world.pipeline("apply", ROOT, "--release", str(missing))
    elsewhere = world.pipeline("apply", ROOT, "--release", str(other))

    assert (unpublished.returncode, elsewhere.returncode) == (2, 2)
    assert "The release has no digest for main_job: no such image was published" in unpublished.stderr
    assert "The release is of commit 000000000000, but" in elsewhere.stderr
