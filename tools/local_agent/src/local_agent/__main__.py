"""`python -m local_agent --cluster NAME --images FILE --state-dir DIR`: run ECS services as processes."""

import os
import signal
import sys
from types import FrameType

from local_agent.agent import Agent
from local_agent.images import ImageError
from local_agent.settings import Settings, SettingsError, own_environment
from local_agent.state import StateError


def main() -> None:
    """Run until SIGTERM or SIGINT, end every task, exit 0. Exit 2 with one sentence for a wrong setting."""
    stops: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        # No Event: its lock may be held by the very code that the signal interrupts.
        stops.append(number)

    # Before the agent starts or adopts anything that it would have to end.
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        settings = Settings.read(sys.argv[1:], own_environment())
        agent = Agent(settings)
    except (SettingsError, StateError, ImageError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    agent.run(lambda: bool(stops))
    # At once: a worker thread may still wait for AWS, and nothing that it could do is wanted any more.
    os._exit(0)


if __name__ == "__main__":
    main()
