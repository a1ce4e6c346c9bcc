"""Applies a stack's Terraform roots to the embedded AWS at the same time."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from deployment.product import product
from deployment.stack_paths import StackPaths
from deployment.terraform import TerraformRoot, TerraformSetup
from deployment.variables import process_environment

from jobctl.stack.timeline import Timeline


@dataclass
class Provisioning:
    """The runs of all roots, each in a thread; `errors` has at most one for each root."""

    roots: dict[str, TerraformRoot]
    main_root: str
    timeline: Timeline
    one_init_at_a_time: bool
    errors: list[Exception] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _init: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begins; nothing here blocks."""
        for name, root in self.roots.items():
            thread = threading.Thread(
                target=self._run, args=(name, root), name=f"terraform-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def finished(self) -> bool:
        """Whether all roots are applied; raises the first error as soon as there is one."""
        if self.errors:
            raise self.errors[0]
        return not any(thread.is_alive() for thread in self._threads)

    def services_declared(self) -> bool:
        """Whether Terraform is done with every ECS service, so that stopping them disturbs no apply."""
        return not self.roots[self.main_root].progress.unfinished("aws_ecs_service")

    def stop(self) -> None:
        """Ends what still runs, and waits for it."""
        for root in self.roots.values():
            root.stop()
        for thread in self._threads:
            thread.join()

    def summary(self) -> str:
        """One line: how far each root is, and what takes longest."""
        parts = []
        for name, root in self.roots.items():
            progress = root.progress
            parts.append(f"{name} {progress.done}/{progress.total}" if progress.total else f"{name} planning")
        waits = [root.progress.waiting_for() for root in self.roots.values()]
        text = f"Terraform: {', '.join(parts)}, {self.timeline.elapsed_seconds():.0f} s"
        return f"{text}; waits for {' and '.join(filter(None, waits))}" if any(waits) else text

    def _run(self, name: str, root: TerraformRoot) -> None:
        try:
            if self.one_init_at_a_time:
                # The plugin cache is not made for two that fill it at once.
                with self._init:
                    self._init_root(name, root)
            else:
                self._init_root(name, root)
            with self.timeline.step(f"terraform apply {name}"):
                root.apply()
        except Exception as error:
            self.errors.append(error)

    def _init_root(self, name: str, root: TerraformRoot) -> None:
        with self.timeline.step(f"terraform init {name}"):
            root.init()


def terraform_root(
    paths: StackPaths, setup: TerraformSetup, name: str, folder: Path, *, endpoint: str, state_bucket: str
) -> TerraformRoot:
    """A root of this stack: its files in the stack's folder, its calls to the embedded AWS."""
    return TerraformRoot(
        setup=setup,
        folder=paths.repository / folder,
        data_folder=paths.terraform_data(name),
        log=paths.log(f"terraform-{name}"),
        state_bucket=state_bucket,
        region=product().aws_region,
        environment=process_environment(os.environ, endpoint),
    )
