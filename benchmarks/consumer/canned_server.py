"""An SQS that costs next to nothing and knows what a consumer must do with its messages.

    python benchmarks/consumer/canned_server.py --messages 20000 --delay-ms 10 --expect-sends

Prints JSON lines: `listening` with its port, `first receive`, `begin` and `end`, each with the time (s, of
CLOCK_MONOTONIC) and, once SIGTERM has ended it, the `account`. Its limits are in README.md beside it.
"""

import argparse
import asyncio
import gc
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from canned_account import Account
from canned_checksums import body_md5
from canned_http import Action, Answer, Connection, Refused, error_answer
from canned_job_services import CannedJobServices
from canned_messages import BadMessages, can, templates, write_templates
from canned_sqs import CannedSqs

MOST_MESSAGES = 1_000_000
MOST_SECONDS = 3600.0


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit code 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM; exit code 0, or 2 with a sentence."""
    options = _options(arguments)
    try:
        found = templates(0 if options.record else options.messages, options.file)
        account = Account(
            [can(template, number) for number, template in enumerate(found)],
            warmup=options.warmup,
            expect_sends=options.expect_sends,
            recording=options.record is not None,
            event=tell,
        )
    except BadMessages as error:
        print(error, file=sys.stderr)
        return 2
    # The messages stay: looking at them again in each collection would cost time at random.
    gc.freeze()
    services = CannedJobServices()
    asyncio.run(serve(account, services, options))
    if options.record:
        write_templates(options.record, account.recorded)
    tell("account", account.totals() | {"jobServices": services.totals()})
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="canned_server", description="A canned SQS for benchmarks.")
    parser.add_argument("--port", type=_within(0, 65535, int), default=0, help="0 (the default): a free one")
    parser.add_argument("--messages", type=_within(1, MOST_MESSAGES, int), default=1000, metavar="N")
    parser.add_argument("--file", type=Path, help="messages as JSON lines, used again and again")
    parser.add_argument("--warmup", type=_within(0, MOST_MESSAGES, int), default=0, metavar="N")
    parser.add_argument("--delay-ms", type=_within(0, 10_000, float), default=0.0, help="of each answer")
    parser.add_argument("--longest-poll-seconds", type=_within(0, 600, float), default=1.0)
    parser.add_argument("--expect-sends", action="store_true", help="each message must be sent to `next`")
    parser.add_argument("--record", type=Path, help="hand out nothing, and write what is sent to this file")
    parser.add_argument("--most-seconds", type=_within(1, MOST_SECONDS, float), default=600.0)
    options = parser.parse_args(arguments)
    if options.warmup >= options.messages:
        parser.error(f"--warmup is {options.warmup}; it must be less than --messages ({options.messages})")
    return options


def _within(low: float, high: float, kind: type) -> Any:
    def read(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is no number from {low:g} to {high:g}")
        return value

    return read


def tell(event: str, facts: dict[str, Any]) -> None:
    """One line on stdout."""
    print(json.dumps({"event": event, "monotonicSeconds": time.monotonic()} | facts), flush=True)


async def serve(account: Account, services: CannedJobServices, options: argparse.Namespace) -> None:
    """Answers until SIGTERM or SIGINT, or until `--most-seconds` are over."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    actions: dict[str, Action] = services.actions()
    dispatch = dispatcher(account, actions)
    server = await loop.create_server(
        lambda: Connection(dispatch, delay_seconds=options.delay_ms / 1000), "127.0.0.1", options.port
    )
    port = server.sockets[0].getsockname()[1]
    sqs = CannedSqs(
        account, base_url=f"http://127.0.0.1:{port}", longest_poll_seconds=options.longest_poll_seconds
    )
    actions |= sqs.actions()
    tell("listening", {"port": port})
    try:
        async with asyncio.timeout(options.most_seconds):
            await stop.wait()
    except TimeoutError:
        account.wrong["the server's time was over"] += 1
    server.close()


def dispatcher(account: Account, actions: dict[str, Action]) -> Any:
    """Finds the action, counts the call, and turns what is refused into an answer."""

    def dispatch(method: bytes, target: str, body: bytes) -> Answer:
        if not target and method == b"PUT":
            account.calls["PutObject"] += 1
            return Answer(b"", headers=b'ETag: "%b"\r\n' % body_md5(body).encode())
        name = target.rpartition(".")[2]
        account.calls[name] += 1
        try:
            return (actions.get(target) or _unknown(target))(body)
        except Refused as error:
            code, text = error.args
        except (msgspec.MsgspecError, KeyError) as error:
            code, text = "SerializationException", f"The request cannot be read: {error}"
        account.wrong[f"{name or 'a call without a target'} refused: {code}"] += 1
        return error_answer(code, text)

    return dispatch


def _unknown(target: str) -> Action:
    def refuse(_: bytes) -> Answer:
        raise Refused("UnknownOperationException", f"This server knows no {target or 'such call'}.")

    return refuse


if __name__ == "__main__":
    sys.exit(main())
