"""`python -m local_agent --cluster NAME --images FILE --state-dir DIR`: run ECS services as processes."""

import signal
import sys
import threading
from types import FrameType

from local_agent.agent import Agent
from local_agent.images import ImageError
from local_agent.settings import Settings, SettingsError, own_environment
from local_agent.state import StateError


def main() -> None:
    """Run until SIGTERM or SIGINT, end every task, exit 0. Exit 2 with one sentence for a wrong setting."""
    try:
        settings = Settings.read(sys.argv[1:], own_environment())
        agent = Agent(settings)
    except (SettingsError, StateError, ImageError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        agent.wake()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    agent.run(stop)


if __name__ == "__main__":
    main()
