"""`pipeline apply dev` on the whole local stack: the real root, the real services, another release."""

import re
from pathlib import Path
from typing import Any

import pytest
from deployment.target import local_target
from deploys_world import REPOSITORY, git, record_of_plan, run_in
from pipeline.release import Image, Release

# Minutes: both services are replaced, each after its drain.
pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(900)]

# Digits of digests that nothing else here has.
IMAGES = {"main_job": "c", "background_job": "d"}


def test_a_release_is_rolled_out_and_its_synthetic_job_succeeds(stack: Any, tmp_path: Path) -> None:
    images = {name: Image(f"content-{digit * 64}", f"sha256:{digit * 64}") for name, digit in IMAGES.items()}
    commit, tree = git(REPOSITORY, "rev-parse", "HEAD"), git(REPOSITORY, "rev-parse", "HEAD^{tree}")
    release, reviewed, page = (tmp_path / name for name in ("release.json", "reviewed.json", "page.md"))
    Release(commit, tree, images).write(release)
    record_of_plan(REPOSITORY, "dev", Release.read(release), stack.env).write(reviewed)

    given = ["apply", "dev", "--reviewed", str(reviewed), "--release", str(release)]
    done = run_in(REPOSITORY, given, stack.env | {"GITHUB_STEP_SUMMARY": str(page)})

    assert done.returncode == 0, done.stderr
    target = local_target(stack.endpoint)
    ecs, outputs = target.client("ecs"), target.outputs
    names = [outputs[f"ecs_{name}_service_name"] for name in IMAGES]
    services = ecs.describe_services(cluster=outputs["ecs_cluster_name"], services=names)["services"]
    for service, digit in zip(services, IMAGES.values(), strict=True):
        definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        assert definition["containerDefinitions"][0]["image"].endswith(f"@sha256:{digit * 64}")
        assert [each["rolloutState"] for each in service["deployments"]] == ["COMPLETED"]
    job = re.search(r"The synthetic job `(\w+)` succeeded after", page.read_text())
    assert job is not None
    shown = stack.jobctl("show", job[1])
    assert f"Job {job[1]}: succeeded" in shown.stdout
    assert f"synthetic-{commit}-{job[1]}" in shown.stdout

    again = run_in(REPOSITORY, ["smoke", "dev"], stack.env)
    assert again.returncode == 0, again.stderr
    assert re.fullmatch(r"Job \w+ succeeded in dev after [\d.]+ s\n", again.stdout)
