"""One run: code and plans are judged side by side, then brought together."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from policy_command.completeness import OF_EVERY_PLAN, never_judged, not_applied, not_judged, not_loaded
from policy_command.inputs import PlanFile, code_files, copy_code, read_plan_file, roots
from policy_command.judging import Judgement, skip_findings
from policy_command.known_later import with_placeholders
from policy_command.plan_places import PlanPlaces
from policy_command.planning import plan_roots
from policy_command.scanning import Record, Scan, scan_code, scan_plans
from policy_command.skips import read_blocks, read_skips
from policy_documents.plan import Plan


def judge_repository(repository: Path, chosen: list[str], folder: Path) -> Judgement:
    """Code, and the plans of its roots, all or those chosen. Raises BadInput."""
    chosen_roots = roots(repository, chosen)
    copy = folder / "code"
    copy_code(repository, copy)
    judgement = Judgement()
    with ThreadPoolExecutor(1) as pool:
        code = pool.submit(scan_code, copy)
        planned = plan_roots(repository, chosen_roots, folder / "roots")
        plans = [read_plan_file(file, repository, file.stem) for file in planned]
        records = _add_plans(judgement, plans, repository, folder)
    _add_code(judgement, code.result(), repository, copy)
    if not chosen:
        judgement.problems += not_applied(records, {"*"}.union(*(_types(plan) for plan in plans)))
        judgement.findings |= skip_findings(
            read_skips(code_files(repository)), judgement.used_skips, repository
        )
    return judgement


def _types(plan: PlanFile) -> set[str]:
    return {resource.type for resource in Plan(plan.document).resources.values()}


def judge_plans(repository: Path, files: list[Path], folder: Path) -> Judgement:
    """Plans that were made elsewhere, with the skips of the repository's code. Raises BadInput."""
    judgement = Judgement()
    _add_plans(judgement, [read_plan_file(file, repository) for file in files], repository, folder)
    return judgement


def _add_code(judgement: Judgement, scan: Scan, repository: Path, copy: Path) -> None:
    judgement.add_code(scan.records, repository)
    judgement.problems += not_loaded(scan, "workflows") + not_judged(scan.records, copy)
    if (copy / ".github/workflows").is_dir():
        judgement.problems += never_judged(scan.records, "workflows")


def _add_plans(judgement: Judgement, plans: list[PlanFile], repository: Path, folder: Path) -> list[Record]:
    """Judges plans; the file that checkov gets has a number, as plans of two folders may have one name."""
    given = {folder / f"{number}-{plan.file.stem}.json": plan for number, plan in enumerate(plans)}
    for file, plan in given.items():
        file.write_text(with_placeholders(plan.document))
    scan = scan_plans({file: plan.file.resolve() for file, plan in given.items()}, repository / "infra/envs")
    judgement.problems += not_loaded(scan, "plan")
    sources = code_files(repository)
    blocks, skips = read_blocks(source for source in sources if source.suffix == ".tf"), read_skips(sources)
    for file, plan in given.items():
        records = [record for record in scan.records if Path(record.file).name == file.name]
        judgement.add_plan(records, plan.name, PlanPlaces(plan.document, plan.root, blocks), skips)
        if OF_EVERY_PLAN not in {record.check_id for record in records}:
            judgement.problems.append(f"plan of {plan.name}: {OF_EVERY_PLAN} judged nothing")
    return scan.records
