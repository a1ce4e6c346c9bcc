"""What was measured as ratios to boto3 by itself, kept beside the table, and what of ours got worse.

A ratio outlives the machine: a slower one slows boto3 too, which ran in the same rounds.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench_candidates import reference_of
from bench_rounds import Runs


@dataclass(frozen=True)
class Kept:
    """One figure that is compared: `higher` says that more is better; `tolerance` is a share."""

    name: str
    what: str
    tolerance: float
    higher: bool = False
    absolute: bool = False

    def ratio(self, each: Runs, reference: Runs) -> float:
        """Best by best; an absolute figure is compared as it is."""
        return each.best(self.name) / (1 if self.absolute else reference.best(self.name))

    def worse_by(self, now: float, before: float) -> float:
        """The share by which it got worse; negative when it got better."""
        return (before - now) / before if self.higher else (now - before) / before


# Wider than what repeated runs on an idle machine differ by; the clock's figures differ most.
KEPT = (
    Kept("cpu_us", "CPU a message", 0.15),
    Kept("messages_per_second", "messages a second", 0.25, higher=True),
    Kept("calls", "API calls a message", 0.05, absolute=True),
    Kept("rss_mb", "memory", 0.10),
    Kept("start_seconds", "time to the first receive", 0.25),
)


class NotStored(Exception):
    """There is nothing to compare with; the text says why."""


Ratios = dict[str, dict[str, float]]


def key(name: str, delay_ms: int) -> str:
    """How a candidate at a delay is called in the file."""
    return f"{name} at {delay_ms} ms"


def ratios(runs: Sequence[Runs]) -> Ratios:
    """Our candidates' figures over those of boto3 in the same stage at the same delay, best by best."""
    by_key = {key(each.candidate.name, each.delay_ms): each for each in runs}
    found: Ratios = {}
    for name, each in by_key.items():
        reference = by_key.get(key(reference_of(each.candidate.stage), each.delay_ms))
        if each.candidate.ours and reference is not None:
            found[name] = {kept.name: round(kept.ratio(each, reference), 4) for kept in KEPT}
    return found


def store(file: Path, runs: Sequence[Runs]) -> None:
    """Writes the ratios, and for people who want to look again the figures of every round."""
    figures = {
        key(each.candidate.name, each.delay_ms): {
            kept.name: [round(getattr(one, kept.name), 4) for one in each.measurements] for kept in KEPT
        }
        for each in runs
    }
    file.write_text(json.dumps({"ratios": ratios(runs), "figures": figures}, indent=1) + "\n")


def stored(file: Path) -> Ratios:
    """The ratios of the file; raises NotStored."""
    try:
        content: Any = json.loads(file.read_text())
        found: Ratios = {
            name: {kept.name: float(values[kept.name]) for kept in KEPT}
            for name, values in content["ratios"].items()
        }
    except FileNotFoundError:
        raise NotStored(f"{file.name} is not there yet: `make bench WRITE=1` writes it.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotStored(
            f"{file.name} cannot be read ({error!r:.60}): `make bench WRITE=1` writes it anew."
        ) from None
    return found


def worse(now: Ratios, before: Ratios) -> list[str]:
    """One sentence for each figure that got worse beyond its tolerance."""
    found = []
    for name, values in now.items():
        for kept in KEPT:
            old = before.get(name, {}).get(kept.name)
            if not old:
                continue
            share = kept.worse_by(values[kept.name], old)
            if share > kept.tolerance:
                unit = "" if kept.absolute else " times boto3's"
                found.append(
                    f"{name}: {kept.what} is {values[kept.name]:.3g}{unit} and was {old:.3g}, "
                    f"{share:.0%} worse; {kept.tolerance:.0%} are tolerated."
                )
    return found
