"""The stream of triggers: what succeeds, fails, rejects, crashes its worker, lasts or is no trigger."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from contract_messages import SUBMISSION
from job_contract import new_job_id

# Longer than the visibility timeout of the workers (chaos_world).
LONG_SECONDS = 9.0


@dataclass(frozen=True)
class Wish:
    """One trigger to send. `mark` travels with it; a copy has the mark, job id and body of its original."""

    mark: str
    kind: str
    body: str
    job_id: str = ""
    is_copy: bool = False

    @property
    def becomes(self) -> str:
        """`job`, `rejected job`, `refused trigger` or `nothing`."""
        special = {"rejected": "rejected job", "malformed": "refused trigger", "no job": "nothing"}
        return special.get(self.kind, "job")


class Triggers:
    """Makes triggers without an end; with the same seed the same mix (job ids are new)."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"triggers {seed}")
        self._seed = seed
        self._made = 0
        self._recent: list[Wish] = []
        self._kinds: dict[str, tuple[int, Callable[[str], Wish]]] = {
            "plain": (34, self._job),
            "id left out": (10, lambda kind: self._job(kind, with_id=False)),
            "submission": (14, lambda kind: self._job(kind, "store-submission", SUBMISSION)),
            "flaky": (14, lambda kind: self._simulation(kind, sleepRangeSeconds=[0, 0.3], failRate=0.3)),
            "fails first": (5, lambda kind: self._simulation(kind, failAttempts=1)),
            "long": (2, lambda kind: self._simulation(kind, sleepSeconds=LONG_SECONDS)),
            "crasher": (2, lambda kind: self._simulation(kind, crashRate=0.4)),
            "rejected": (6, lambda kind: self._job(kind, "store-submission", "no object")),
            "copy": (6, self._copy),
            "no job": (3, lambda kind: self._job(kind, triggerBackgroundJob=False)),
            "malformed": (4, self._malformed),
        }

    def next(self) -> Wish:
        """One more."""
        self._made += 1
        weights = [weight for weight, _ in self._kinds.values()]
        (kind,) = self._chance.choices(list(self._kinds), weights)
        wish = self._kinds[kind][1](kind)
        if wish.job_id and not wish.is_copy:
            self._recent = [*self._recent[-50:], wish]
        return wish

    def _job(
        self,
        kind: str,
        job_type: str = "main-job-processing",
        data: Any = None,
        with_id: bool = True,
        **keys: Any,
    ) -> Wish:
        job_id = new_job_id() if with_id else ""
        mark = f"m{self._made}"
        body = {"trigger": "chaos", "mark": mark, "jobType": job_type, "data": data, **keys}
        if job_id:
            body["jobId"] = job_id
        return Wish(mark, kind, json.dumps(body), job_id)

    def _simulation(self, kind: str, **wishes: Any) -> Wish:
        return self._job(kind, "simulate-work", {**wishes, "seed": self._seed})

    def _copy(self, kind: str) -> Wish:
        """What a producer sends again that did not hear the answer."""
        if not self._recent:
            return self._job("plain")
        return replace(self._chance.choice(self._recent), is_copy=True)

    def _malformed(self, kind: str) -> Wish:
        mark = f"m{self._made}"
        bodies = (f"no JSON {mark}", json.dumps([mark]), json.dumps({"trigger": "chaos", "jobId": "no ULID"}))
        return Wish(mark, kind, self._chance.choice(bodies))
