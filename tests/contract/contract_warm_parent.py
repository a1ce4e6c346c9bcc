"""A process that has the services imported already and forks children that run them.

A crash test starts hundreds of workers; a fork starts one in a few milliseconds, where a new interpreter
takes most of a second to import boto3. The child runs what `python -m <module>` runs.

Orders come as JSON lines on stdin: `{"module", "env", "output"}`. Answers go to stdout: `{"pid"}` for each
order, and `{"exited", "code"}` when a child has ended. At the end of stdin all children are killed.
"""

import gc
import json
import os
import runpy
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

MODULES = ("main_job.__main__", "background_job.__main__")
AWS_SERVICES = ("sqs", "dynamodb", "s3", "logs")


def main() -> None:
    """Serves orders until stdin ends."""
    _warm_up()
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    children: set[int] = set()
    unread = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
        if 0 in ready:
            read = os.read(0, 65536)
            if not read:
                break
            *orders, unread = (unread + read).split(b"\n")
            for order in orders:
                pid = _fork(json.loads(order))
                children.add(pid)
                _say({"pid": pid})
        _report_the_ended(children)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _warm_up() -> None:
    import importlib  # noqa: PLC0415  # once, at the start

    import boto3  # noqa: PLC0415
    from botocore.loaders import JSONFileLoader  # noqa: PLC0415

    for module in MODULES:
        importlib.import_module(module)
    # Each session reads the descriptions of AWS's APIs anew; here the children inherit them, parsed.
    stock: Any = JSONFileLoader.load_file
    parsed: dict[str, Any] = {}

    def load_file(self: Any, path: str) -> Any:
        if path not in parsed:
            parsed[path] = stock(self, path)
        return parsed[path]

    setattr(JSONFileLoader, "load_file", load_file)  # noqa: B010  # mypy knows better than to assign it
    session = boto3.Session(region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    for service in AWS_SERVICES:
        session.client(service)  # type: ignore[call-overload]
    gc.collect()
    gc.freeze()


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _become(order)
    return pid


def _become(order: dict[str, Any]) -> None:
    """Runs the module in this (child) process and ends it with the module's exit code."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(order["env"])
    code = 0
    try:
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _report_the_ended(children: set[int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        children.discard(pid)
        _say({"exited": pid, "code": os.waitstatus_to_exitcode(status)})


def _say(answer: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]
    main()
