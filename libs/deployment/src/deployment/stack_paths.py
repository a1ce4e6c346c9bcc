"""Where a local stack keeps its files."""

from dataclasses import dataclass
from pathlib import Path

# Names the folder of a stack that is not in its usual place.
STATE_DIR_VARIABLE = "JOBCTL_STATE_DIR"


@dataclass(frozen=True)
class StackPaths:
    """One stack's folder, e.g. `.local/stack`; the file to source is beside it: `.local/stack.env`."""

    repository: Path
    folder: Path

    @property
    def env_file(self) -> Path:
        """What other clients source."""
        return self.folder.with_name(self.folder.name + ".env")

    @property
    def state_file(self) -> Path:
        """Which processes the stack consists of."""
        return self.folder / "state.json"

    @property
    def lock_file(self) -> Path:
        """Held while the stack is started or stopped."""
        return self.folder / "lock"

    @property
    def announcement(self) -> Path:
        """Where the embedded AWS writes which endpoint it has."""
        return self.folder / "embedded-aws.json"

    @property
    def agent_folder(self) -> Path:
        """What the agent remembers about its tasks."""
        return self.folder / "agent"

    @property
    def logs(self) -> Path:
        """One log for each part."""
        return self.folder / "logs"

    def log(self, name: str) -> Path:
        """The log of one part, e.g. `terraform-dev`."""
        return self.logs / f"{name}.log"

    def terraform_data(self, root: str) -> Path:
        """Terraform's working files of one root."""
        return self.folder / "terraform" / root
