"""Runs all kill points of a path, several at once, and keeps count of them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from contract_crash import Case, Coverage, Crasher, KillPoint, Path, coverage, kill_points
from contract_processes import Process, WarmParent
from contract_services import Services
from contract_world import Aws

# Each case waits most of its time: for a visibility timeout to end.
CASES_AT_ONCE = 8
# So many runs to the end, and later kill points are left out.
ENDS_ENOUGH = 2


class CrashSession:
    """All crash tests of a run; `kills` counts the kill points covered, by path."""

    def __init__(
        self, aws: Aws, services: Services, warm_parent: WarmParent, kills: dict[str, Coverage]
    ) -> None:
        self.aws = aws
        self.services = services
        self._warm_parent = warm_parent
        self._kills = kills

    def fork(self, module: str, env: Mapping[str, str]) -> Process:
        """A service, forked from the warm parent."""
        return self.services.fork(self._warm_parent.fork, module, env)

    def kill_everywhere(self, path: Path) -> Coverage:
        """Runs the path once for each kill point; each case is checked."""
        crasher = Crasher(self.aws, self.services, self.fork)
        ended_at: list[int] = []  # calls after which no kill was due any more

        def run(numbered: tuple[int, KillPoint]) -> tuple[KillPoint, Case] | None:
            number, point = numbered
            if sum(at < point.at for at in ended_at) >= ENDS_ENOUGH:
                return None
            case = crasher.run(path, number, point)
            if point.when == "after" and not case.killed:
                ended_at.append(point.at)
            return point, case

        with ThreadPoolExecutor(CASES_AT_ONCE) as pool:
            ran = [pair for pair in pool.map(run, enumerate(kill_points(path))) if pair is not None]
        covered = coverage(path, [point for point, _ in ran], [case for _, case in ran])
        self._kills[path.name] = covered
        return covered
