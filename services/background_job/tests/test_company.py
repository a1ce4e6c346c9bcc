"""Jobs run together, a suspect alone, and nobody waits for ever."""

import threading
from collections.abc import Callable

import pytest
from background_job.company import Company
from queue_worker import Unavailable


def never() -> bool:
    return False


class Guest:
    """A thread inside one side of the company, until it is told to leave."""

    def __init__(self, side: Callable[[Callable[[], bool]], object]) -> None:
        self.inside = threading.Event()
        self.leave = threading.Event()
        self._side = side
        self._thread = threading.Thread(target=self._stay, daemon=True)
        self._thread.start()

    def _stay(self) -> None:
        with self._side(never):  # type: ignore[attr-defined]  # a context manager
            self.inside.set()
            self.leave.wait(30)

    def goes(self) -> None:
        self.leave.set()
        self._thread.join(10)


def test_jobs_run_beside_each_other() -> None:
    company = Company()
    guests = [Guest(company.together) for _ in range(3)]
    assert all(guest.inside.wait(5) for guest in guests)
    for guest in guests:
        guest.goes()


def test_a_suspect_waits_for_the_others_and_nobody_starts_meanwhile() -> None:
    company = Company()
    first = Guest(company.together)
    assert first.inside.wait(5)
    suspect = Guest(company.alone)
    assert not suspect.inside.wait(0.2)
    late = Guest(company.together)
    assert not late.inside.wait(0.2)
    first.goes()
    assert suspect.inside.wait(5)
    assert not late.inside.is_set()
    suspect.goes()
    assert late.inside.wait(5)
    late.goes()


def test_two_suspects_run_one_after_the_other() -> None:
    company = Company()
    one = Guest(company.alone)
    assert one.inside.wait(5)
    two = Guest(company.alone)
    assert not two.inside.wait(0.2)
    one.goes()
    assert two.inside.wait(5)
    two.goes()


@pytest.mark.parametrize("side", ["together", "alone"])
def test_who_waits_while_the_process_stops_is_handed_back(side: str) -> None:
    company = Company()
    suspect = Guest(company.alone)
    assert suspect.inside.wait(5)
    with pytest.raises(Unavailable), getattr(company, side)(lambda: True):
        pass
    suspect.goes()
    later = Guest(company.together)
    assert later.inside.wait(5)
    later.goes()
