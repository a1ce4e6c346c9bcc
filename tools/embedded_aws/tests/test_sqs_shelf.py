"""Whatever is done to a queue: no message is lost, none is received while it is in flight."""

from types import SimpleNamespace
from typing import Any

from embedded_aws.fixes.sqs.shelf import AVAILABLE, IN_FLIGHT, Shelf
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Message

STEPS = st.lists(
    st.tuples(st.sampled_from(["send", "receive", "peek", "delete", "release", "extend"]), st.integers(0, 9)),
    max_size=60,
)


def new_shelf() -> Shelf:
    queue = SimpleNamespace(
        name="q",
        fifo_queue=False,
        message_retention_period=345_600,
        redrive_policy=None,
        dead_letter_queue=None,
    )
    return Shelf(queue)


def sent_message(number: int) -> Any:
    message = Message(str(number), "body")
    message.mark_sent()
    return message


@settings(max_examples=150)
@given(STEPS)
def test_every_message_is_either_available_or_in_flight_until_it_is_deleted(steps: list[Any]) -> None:
    shelf = new_shelf()
    available: set[str] = set()
    held: dict[str, str] = {}  # message id -> the handle that holds it
    handles: list[str] = []
    for number, (step, choice) in enumerate(steps):
        handle = handles[choice % len(handles)] if handles else ""
        holder = next((one for one, newest in held.items() if newest == handle), None)
        if step == "send":
            shelf.put(sent_message(number))
            available.add(str(number))
        elif step in {"receive", "peek"}:
            for message in shelf.take(choice + 1, 60 if step == "receive" else 0, 0, lambda: False):
                assert message.id in available
                handles.append(message.receipt_handle)
                if step == "receive":
                    available.discard(message.id)
                    held[message.id] = message.receipt_handle
        elif step == "delete" and handle:
            newest = {
                one.id: one.receipt_handle
                for state in (AVAILABLE, IN_FLIGHT)
                for one in shelf.messages(state)
            }
            shelf.delete(handle)
            gone = {one for one, last in newest.items() if last == handle}
            available -= gone
            held = {one: last for one, last in held.items() if one not in gone}
        elif handle:
            try:
                shelf.change_visibility(handle, 0 if step == "release" else 90)
            except SQSException:
                assert holder is None  # only a handle that holds nothing is refused
            if holder is not None and step == "release":
                available.add(holder)
                del held[holder]
        assert {message.id for message in shelf.messages(AVAILABLE)} == available
        assert {message.id for message in shelf.messages(IN_FLIGHT)} == set(held)
        assert (shelf.count(AVAILABLE), shelf.count(IN_FLIGHT)) == (len(available), len(held))
