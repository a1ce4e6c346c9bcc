"""The account catches each thing that a consumer can do wrong, told by real calls."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from canned_account import Account
from canned_clients import World, canned
from canned_messages import BadMessages, Template, can
from canned_process import faults


def delete(world: World, sqs: Any, message: Any) -> Any:
    return sqs.delete_message_batch(
        QueueUrl=world.queue("source"), Entries=[{"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}]
    )


def send(world: World, sqs: Any, message: Any, queue: str = "next", **changes: Any) -> None:
    fields = {"MessageBody": message["Body"], "MessageAttributes": message["MessageAttributes"]} | changes
    sqs.send_message(QueueUrl=world.queue(queue), **fields)


def send_and_delete(world: World, sqs: Any, message: Any) -> None:
    send(world, sqs, message)
    delete(world, sqs, message)


def delete_twice(world: World, sqs: Any, message: Any) -> None:
    send_and_delete(world, sqs, message)
    (failed,) = delete(world, sqs, message)["Failed"]
    assert failed["Code"] == "ReceiptHandleIsInvalid"


def delete_by_another_handle(world: World, sqs: Any, message: Any) -> None:
    send_and_delete(world, sqs, message)
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=world.queue("source"), ReceiptHandle="AQEBmine")


def delete_by_the_first_of_two_handles(world: World, sqs: Any, message: Any) -> None:
    sqs.change_message_visibility(
        QueueUrl=world.queue("source"), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )
    (again,) = world.receive(sqs)
    delete(world, sqs, message)
    send_and_delete(world, sqs, again)


def never_delete(world: World, sqs: Any, message: Any) -> None:
    send(world, sqs, message)


def never_send(world: World, sqs: Any, message: Any) -> None:
    delete(world, sqs, message)


def send_after_the_delete(world: World, sqs: Any, message: Any) -> None:
    delete(world, sqs, message)
    send(world, sqs, message)


def send_twice(world: World, sqs: Any, message: Any) -> None:
    send(world, sqs, message)
    send_and_delete(world, sqs, message)


def send_another_body(world: World, sqs: Any, message: Any) -> None:
    send(world, sqs, message, MessageBody=message["Body"] + " ")
    delete(world, sqs, message)


def send_without_attributes(world: World, sqs: Any, message: Any) -> None:
    send(world, sqs, message, MessageAttributes={})
    delete(world, sqs, message)


def send_to_the_dead_letter_queue(world: World, sqs: Any, message: Any) -> None:
    send(world, sqs, message, queue="dead-letter")
    delete(world, sqs, message)


UNSENT = ["1 deleted before it was sent"]
FAULTS: dict[Callable[[World, Any, Any], None], list[str]] = {
    send_and_delete: [],
    delete_twice: ["1 deleted twice"],
    delete_by_another_handle: [
        "1 DeleteMessage refused: ReceiptHandleIsInvalid",
        "1 deleted by an unknown receipt handle",
    ],
    delete_by_the_first_of_two_handles: ["1 deleted by an outdated receipt handle", "1 received again"],
    never_delete: ["1 never deleted"],
    never_send: [*UNSENT, "1 never sent"],
    send_after_the_delete: [*UNSENT, "1 sent and not expected", "1 never sent"],
    send_twice: ["1 sent twice"],
    send_another_body: [*UNSENT, "1 sent and not expected", "1 never sent"],
    send_without_attributes: [*UNSENT, "1 sent with other attributes", "1 never sent"],
    send_to_the_dead_letter_queue: [*UNSENT, "1 sent to the queue dead-letter", "1 never sent"],
}


@pytest.mark.parametrize("act", FAULTS, ids=lambda act: act.__name__.replace("_", " "))
def test_the_account_says_what_was_wrong(act: Callable[[World, Any, Any], None]) -> None:
    with canned("--messages", "1", "--expect-sends") as world:
        sqs = world.sqs
        (message,) = world.receive(sqs)
        act(world, sqs, message)
        account = world.server.stop()

    assert sorted(faults(account)) == sorted(FAULTS[act])


def test_a_send_is_wrong_where_none_is_expected() -> None:
    with canned("--messages", "1") as world:
        sqs = world.sqs
        (message,) = world.receive(sqs)
        send_and_delete(world, sqs, message)
        account = world.server.stop()

    assert faults(account) == ["1 sent and not expected"]


def test_nothing_more_is_handed_out_until_the_warm_up_is_deleted() -> None:
    with canned("--messages", "3", "--warmup", "1") as world:
        sqs = world.sqs
        (first,) = world.receive(sqs)
        assert world.receive(sqs) == []
        assert world.server.told("begin", timeout_seconds=0) is None
        delete(world, sqs, first)
        rest = world.receive(sqs)
        begin = world.server.event("begin", timeout_seconds=60)
        for message in rest:
            delete(world, sqs, message)
        account = world.server.stop()

    assert len(rest) == 2
    assert (begin["received"], begin["deleted"]) == (1, 1)
    assert faults(account) == []


def test_what_was_never_received_is_missing() -> None:
    with canned("--messages", "3") as world:
        account = world.server.stop()

    assert faults(account) == ["3 never deleted", "3 never received"]


def test_messages_of_one_body_cannot_be_told_apart_when_sent() -> None:
    twice = [can(Template("the same"), number) for number in range(2)]

    with pytest.raises(BadMessages, match="no two messages may have the same body"):
        Account(twice, expect_sends=True)


def test_what_is_sent_to_a_recording_server_can_be_handed_out_by_another(tmp_path: Path) -> None:
    file = tmp_path / "recorded.jsonl"
    attributes = {"jobType": {"DataType": "String", "StringValue": "größer"}}
    with canned("--record", str(file)) as world:
        world.sqs.send_message(
            QueueUrl=world.queue("source"),
            MessageBody="Zoë",
            MessageAttributes=attributes,  # type: ignore[arg-type]  # a TypedDict
        )
        world.server.stop()
    with canned("--messages", "3", "--file", str(file)) as world:
        received = world.receive(world.sqs)

    assert [message["Body"] for message in received] == ["Zoë"] * 3
    assert received[0]["MessageAttributes"] == attributes
