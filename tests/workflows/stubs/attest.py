"""Stands for actions/attest: it asks for a token and writes to GitHub, so the job must have both rights."""

import os
from pathlib import Path

from flow_instrument import rights
from flow_stub import ask_github, fail, given

inputs = given()
missing = {"id-token", "attestations"} - {
    scope for scope, right in rights(os.environ["FLOW_TOKEN"]).items() if right == "write"
}
if missing:
    fail(f"missing permissions: {sorted(missing)}")
if "sbom-path" in inputs and not Path(inputs["sbom-path"]).is_file():
    fail(f"there is no SBOM at {inputs['sbom-path']}")
ask_github("attestations", b"", digest=inputs["subject-digest"])
