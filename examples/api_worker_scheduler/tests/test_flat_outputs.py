"""The file of outputs holds what Terraform gave, or stays as it was."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flat_outputs import NoOutputs, flat, write

GOOD = {
    "albDnsName": {"sensitive": False, "type": "string", "value": "alb-dev.example.com"},
    "clusterName": {"sensitive": False, "type": "string", "value": "cluster-dev"},
}


def test_each_output_is_kept_by_its_name_alone(tmp_path: Path) -> None:
    place = tmp_path / "cfn-outputs/flat-outputs.json"

    write(flat(json.dumps(GOOD)), place)

    assert json.loads(place.read_text()) == {
        "albDnsName": "alb-dev.example.com",
        "clusterName": "cluster-dev",
    }
    assert [path.name for path in place.parent.iterdir()] == ["flat-outputs.json"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "this is not JSON; pipe `terraform output -json` into it"),
        ("[1]", "there are no outputs; apply the root first"),
        ("{}", "there are no outputs; apply the root first"),
        ('{"a": {"value": ["b"]}}', "output a is no text"),
        ('{"a": "b"}', "output a is no text"),
        (
            '{"a": {"value": "b", "sensitive": true}}',
            "output a is sensitive and may not be written to a file",
        ),
    ],
)
def test_what_is_no_output_of_terraform_is_refused_in_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(NoOutputs) as refused:
        flat(text)
    assert str(refused.value) == reason


def test_a_refusal_leaves_the_old_file_and_shows_no_traceback(tmp_path: Path) -> None:
    script = tmp_path / "flat_outputs.py"
    script.write_text((Path(__file__).parents[1] / "flat_outputs.py").read_text())
    kept = tmp_path / "cfn-outputs/flat-outputs.json"

    written = _run(script, json.dumps(GOOD))
    refused = _run(script, "Error: no state")

    assert written.returncode == 0, written.stderr
    assert written.stdout == f"2 outputs are in {kept}\n"
    assert refused.returncode == 1
    assert refused.stderr == "flat_outputs: this is not JSON; pipe `terraform output -json` into it.\n"
    assert json.loads(kept.read_text())["clusterName"] == "cluster-dev"


def _run(script: Path, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script)], input=text, capture_output=True, text=True, timeout=60, check=False
    )
