"""`terraform output -json | python3 flat_outputs.py`: writes cfn-outputs/flat-outputs.json beside this file.

The file holds each output's name and value, and nothing else; integration tests read it. Outputs that
Terraform calls sensitive are refused: the file is no place for them.
"""

import json
import sys
from pathlib import Path

PLACE = Path(__file__).resolve().parent / "cfn-outputs/flat-outputs.json"


class NoOutputs(Exception):
    """What came is not what `terraform output -json` prints; the message says why."""


def flat(text: str) -> dict[str, str]:
    """Name → value. Raises NoOutputs."""
    try:
        outputs = json.loads(text)
    except ValueError:
        raise NoOutputs("this is not JSON; pipe `terraform output -json` into it") from None
    if not isinstance(outputs, dict) or not outputs:
        raise NoOutputs("there are no outputs; apply the root first")
    for name, output in outputs.items():
        if not isinstance(output, dict) or not isinstance(output.get("value"), str):
            raise NoOutputs(f"output {name} is no text")
        if output.get("sensitive"):
            raise NoOutputs(f"output {name} is sensitive and may not be written to a file")
    return {name: output["value"] for name, output in outputs.items()}


def write(outputs: dict[str, str], place: Path) -> None:
    """Replaces the file in one step: who reads it meanwhile sees the old one or the new one."""
    place.parent.mkdir(exist_ok=True)
    draft = place.with_suffix(".draft")
    draft.write_text(json.dumps(outputs, indent=2, sort_keys=True) + "\n")
    draft.replace(place)


def main() -> None:
    """Exit code 1 and one sentence when there is nothing to write; the old file then stays."""
    try:
        outputs = flat(sys.stdin.read())
    except NoOutputs as error:
        sys.exit(f"flat_outputs: {error}.")
    write(outputs, PLACE)
    print(f"{len(outputs)} outputs are in {PLACE}")


if __name__ == "__main__":
    main()
