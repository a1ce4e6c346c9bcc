"""Stands for `gh attestation verify`: the digest was attested, and the token may see it, or it fails."""

import json
import os
import re
import sys

from flow_github import FULL_NAME
from flow_instrument import rights
from flow_stub import ask_github


def main() -> None:
    arguments = sys.argv[1:]
    subject = next((each for each in arguments if each.startswith("oci://")), "")
    digest = re.search(r"@(sha256:[0-9a-f]{64})$", subject)
    if arguments[:2] != ["attestation", "verify"] or digest is None:
        sys.exit(f"gh: here it verifies attestations of oci://<name>@<digest>, not {arguments}")
    if FULL_NAME not in arguments:
        sys.exit(f"gh: {arguments} does not say that the image must come from {FULL_NAME}")
    if rights(os.environ.get("GH_TOKEN", "")).get("attestations") not in ("read", "write"):
        sys.exit("gh: HTTP 403: Resource not accessible by integration")
    if not json.loads(ask_github("attestations", digest=digest[1]))["attested"]:
        sys.exit(f"gh: no attestations found for {digest[1]}")


main()
