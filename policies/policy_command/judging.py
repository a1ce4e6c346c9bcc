"""From checkov's verdicts to what a person reads: findings, counts, and whether everything was looked at."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from policy_command.plan_places import PlanPlaces
from policy_command.scanning import Record
from policy_command.skips import Skip, SkipKey

Counts = dict[str, Counter[str]]


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong: by which policy, where, and what to do."""

    where: str
    check_id: str
    sentence: str
    to_do: str

    def __str__(self) -> str:
        return f"{self.check_id}  {self.where}: {self.sentence}. {self.to_do}"


@dataclass
class Judgement:
    """What was found, how many verdicts there were by framework, and which skips were of use."""

    findings: set[Finding] = field(default_factory=set)
    counts: Counts = field(default_factory=dict)
    used_skips: set[SkipKey] = field(default_factory=set)
    # Why the run itself cannot be trusted: a policy that did not load, a file that nobody read.
    problems: list[str] = field(default_factory=list)

    def add_code(self, records: Iterable[Record], directory: Path) -> None:
        """Verdicts on code, where checkov heeds skips by itself."""
        for record in records:
            self._count(record.framework, record.result)
            if record.result == "failed":
                self._find(record, f"{record.file}:{record.line}", f"{record.file}:{record.line}")
            elif record.result == "skipped":
                line = record.line if record.framework == "terraform" else 0
                self.used_skips.add((directory / record.file, line, record.check_id))

    def add_plan(self, records: Iterable[Record], name: str, places: PlanPlaces, skips: list[Skip]) -> None:
        """Verdicts on a plan, brought together with the skips in its code."""
        for record in records:
            blocks = places.of(record.resource)
            skip = _skip_for(record, [skip for skip in skips if skip.block in blocks])
            result = "skipped" if record.result == "failed" and skip else record.result
            self._count(f"plan of {name}", result)
            if skip and result == "skipped":
                self.used_skips.add(skip.key)
            elif result == "failed":
                code = f"{_short(blocks[-1].file)}:{blocks[-1].line}" if blocks else "the code"
                self._find(record, f"plan of {name}, {record.resource}", code)

    def _count(self, framework: str, result: str) -> None:
        self.counts.setdefault(framework, Counter())[result] += 1

    def _find(self, record: Record, where: str, code: str) -> None:
        mend = "Mend it" if code == where else f"Mend {code}"
        to_do = f"{mend}, or skip it there: #checkov:skip={record.check_id}:<why>"
        for reason in record.reasons or (to_do,):
            self.findings.add(Finding(where, record.check_id, record.sentence, _as_sentence(reason)))


def skip_findings(skips: Iterable[Skip], used: set[SkipKey], repository: Path) -> set[Finding]:
    """Skips without a reason, and skips that skip nothing."""
    found: set[Finding] = set()
    for skip in skips:
        where = f"{skip.file.relative_to(repository)}:{skip.line}"
        if not skip.reason:
            found.add(
                Finding(where, skip.check_id, "A skip has a reason", "Write it after the id: =<ID>:<why>")
            )
        if skip.key not in used:
            found.add(Finding(where, skip.check_id, "A skip skips something", "Take the comment away"))
    return found


def _skip_for(record: Record, skips: list[Skip]) -> Skip | None:
    return next((skip for skip in skips if skip.check_id == record.check_id), None)


def _short(file: Path) -> str:
    parts = file.parts
    top = next((name for name in ("examples", "infra") if name in parts), None)
    return "/".join(parts[parts.index(top) :]) if top else str(file)


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:] if text[:1].islower() and " " in text.partition(":")[0] else text
