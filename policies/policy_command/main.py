"""The command line of `make policies`."""

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from policy_command.errors import BadInput
from policy_command.judging import Judgement
from policy_command.run import judge_plans, judge_repository

_REPOSITORY = Path(__file__).resolve().parents[2]
_FOUND, _BAD_INPUT = 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0: every policy holds. 1: findings. 2: bad input."""
    options = _parser().parse_args(arguments)
    repository = options.repository.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix="policies-") as folder:
            if options.plan:
                judgement = judge_plans(repository, options.plan, Path(folder))
            else:
                judgement = judge_repository(repository, options.env, Path(folder))
    except BadInput as error:
        print(f"policies: {error}", file=sys.stderr)
        return _BAD_INPUT
    print(_told(judgement))
    if options.json:
        options.json.write_text(_as_json(judgement))
    return _FOUND if judgement.findings or judgement.problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="policies",
        description="Judges code and plans by checkov's policies and ours; see policies/README.md.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--env", action="append", default=[], help="plan only this root; may be repeated")
    what.add_argument(
        "--plan",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="judge only this plan, as `terraform show -json` gives it; may be repeated",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the findings there, as JSON")
    parser.add_argument(
        "--repository", type=Path, default=_REPOSITORY, help="where the code is (default: here)"
    )
    return parser


def _as_json(judgement: Judgement) -> str:
    """Findings (where, check_id, sentence, to_do), problems of the run, and counts by what was judged."""
    findings = [dataclasses.asdict(finding) for finding in sorted(judgement.findings)]
    content = {"findings": findings, "problems": judgement.problems, "counts": judgement.counts}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def _told(judgement: Judgement) -> str:
    lines = [*map(str, sorted(judgement.findings)), *(f"policies: {text}" for text in judgement.problems)]
    width = max(map(len, judgement.counts), default=0)
    lines += [f"{'':{width}}  passed  failed  skipped"]
    for name, counts in sorted(judgement.counts.items()):
        lines.append(f"{name:{width}}  {counts['passed']:6}  {counts['failed']:6}  {counts['skipped']:7}")
    broken = len(judgement.findings) + len(judgement.problems)
    return "\n".join([*lines, f"{broken} findings" if broken else "Every policy holds."])
