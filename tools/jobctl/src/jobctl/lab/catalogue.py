"""All experiments, in the order in which `run --all` takes them."""

from deployment.errors import BadInput

from jobctl.lab.experiment import Experiment
from jobctl.lab.experiments import (
    burst,
    clock_midnight,
    duplicates,
    error_rate,
    poison,
    scale_out,
    slow_dependency,
    task_kill,
    throttled,
    visibility_overrun,
)

_ALL: tuple[Experiment, ...] = (
    scale_out.EXPERIMENT,
    visibility_overrun.EXPERIMENT,
    error_rate.EXPERIMENT,
    burst.EXPERIMENT,
    task_kill.EXPERIMENT,
    duplicates.EXPERIMENT,
    poison.EXPERIMENT,
    slow_dependency.EXPERIMENT,
    throttled.EXPERIMENT,
    clock_midnight.EXPERIMENT,
)
EXPERIMENTS = {experiment.name: experiment for experiment in _ALL}


def find_experiment(name: str) -> Experiment:
    """The experiment of that name; raises BadInput."""
    if name not in EXPERIMENTS:
        raise BadInput(f"There is no experiment {name!r}; there are {', '.join(EXPERIMENTS)}.")
    return EXPERIMENTS[name]
