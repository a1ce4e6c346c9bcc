"""Runs all kill points of a path, several at once, and keeps count of them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from contract_crash import Coverage, Crasher, Path, coverage, kill_points
from contract_processes import Process, WarmParent
from contract_services import Services
from contract_world import Aws

# Each case waits most of its time: for a visibility timeout to end.
CASES_AT_ONCE = 8


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
        points = kill_points(path)
        crasher = Crasher(self.aws, self.services, self.fork)
        with ThreadPoolExecutor(CASES_AT_ONCE) as pool:
            cases = list(
                pool.map(lambda number: crasher.run(path, number, points[number]), range(len(points)))
            )
        covered = coverage(path, points, cases)
        self._kills[path.name] = covered
        return covered
