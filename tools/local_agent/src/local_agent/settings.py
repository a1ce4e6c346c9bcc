"""What the agent is told when it starts."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one sentence for the person who set it."""


@dataclass(frozen=True)
class Settings:
    """Where the agent finds what it needs."""

    cluster: str
    images_path: Path
    state_dir: Path
    endpoint_url: str
    region: str

    @staticmethod
    def read(arguments: list[str], environment: Mapping[str, str]) -> "Settings":
        """From the command line and the environment. Raises SettingsError."""
        parser = argparse.ArgumentParser(
            prog="python -m local_agent", description="Run the services of an ECS cluster as processes."
        )
        parser.add_argument("--cluster", required=True, help="name of the ECS cluster; may not exist yet")
        parser.add_argument(
            "--images", required=True, type=Path, help="JSON: repository name to service folder"
        )
        parser.add_argument(
            "--state-dir", required=True, type=Path, help="the agent's own folder, made if absent"
        )
        given = parser.parse_args(arguments)
        endpoint_url = environment.get("AWS_ENDPOINT_URL", "")
        if not endpoint_url.startswith("http://"):
            raise SettingsError(
                f"AWS_ENDPOINT_URL is {endpoint_url!r}; set it to the embedded AWS, http://127.0.0.1:PORT."
            )
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
        if not region:
            raise SettingsError("AWS_REGION is not set; set it to the region of the cluster.")
        return Settings(
            cluster=given.cluster,
            images_path=given.images.resolve(),
            state_dir=given.state_dir.resolve(),
            endpoint_url=endpoint_url.rstrip("/"),
            region=region,
        )


def own_environment() -> Mapping[str, str]:
    """The agent's environment; nothing else in the package reads it."""
    return os.environ
