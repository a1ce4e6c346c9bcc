"""What the job stage calls besides SQS, in canned form: the ledger's table, CloudWatch Logs, and S3.

The table sets what an update says and never refuses: its conditions are not looked at. The logs count.
"""

import re
import zlib
from typing import Any

import msgspec
from canned_http import Answer

_ASSIGNMENT = re.compile(
    r"#(?P<name>\w+) = (?:if_not_exists\(#(?P<unless>\w+), :(?P<default>\w+)\)|#(?P<old>\w+)|:(?P<value>\w+))"
    r"(?: \+ :(?P<plus>\w+))?(?:, |$)"
)
_encode = msgspec.json.Encoder().encode
Item = dict[str, dict[str, Any]]


class Update(msgspec.Struct, rename="pascal"):
    """UpdateItem as the ledger writes it."""

    key: Item
    update_expression: str
    expression_attribute_names: dict[str, str]
    expression_attribute_values: Item


class Put(msgspec.Struct, rename="camel"):
    """PutLogEvents."""

    log_stream_name: str
    log_events: list[msgspec.Raw]


class CannedJobServices:
    """Items by job id, and counts of streams and log events."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}
        self._streams: set[str] = set()
        self._log_events = 0
        self._events_without_stream = 0

    def actions(self) -> dict[str, Any]:
        """Each action by its target."""
        return {
            "DynamoDB_20120810.UpdateItem": self.update_item,
            "Logs_20140328.CreateLogStream": self.create_log_stream,
            "Logs_20140328.PutLogEvents": self.put_log_events,
        }

    def totals(self) -> dict[str, int]:
        """What the job stage has left behind."""
        states = [item["state"]["S"] for item in self._items.values() if "state" in item]
        return {
            "jobs": len(self._items),
            "succeeded": states.count("succeeded"),
            "streams": len(self._streams),
            "logEvents": self._log_events,
            "eventsWithoutStream": self._events_without_stream,
        }

    def update_item(self, body: bytes) -> Answer:
        """Applies the SET clause; the answer is the whole item, as ReturnValues=ALL_NEW wants it."""
        asked = msgspec.json.decode(body, type=Update)
        item = self._items.setdefault(asked.key["jobId"]["S"], dict(asked.key))
        item |= _assigned(asked, item)
        answer = _encode({"Attributes": item})
        # botocore checks it, as it does with DynamoDB's own answers.
        return Answer(answer, headers=b"x-amz-crc32: %d\r\n" % zlib.crc32(answer))

    def create_log_stream(self, body: bytes) -> Answer:
        """Makes a stream."""
        self._streams.add(msgspec.json.decode(body)["logStreamName"])
        return Answer(b"")

    def put_log_events(self, body: bytes) -> Answer:
        """Counts the events, and apart those whose stream was not made before."""
        asked = msgspec.json.decode(body, type=Put)
        self._log_events += len(asked.log_events)
        if asked.log_stream_name not in self._streams:
            self._events_without_stream += len(asked.log_events)
        return Answer(b'{"nextSequenceToken":"0"}')


def _assigned(asked: Update, item: Item) -> Item:
    names, values = asked.expression_attribute_names, asked.expression_attribute_values
    assigned: Item = {}
    for part in _ASSIGNMENT.finditer(asked.update_expression.removeprefix("SET ")):
        if part["value"]:
            value = values[":" + part["value"]]
        elif part["unless"]:
            value = item.get(names["#" + part["unless"]], values[":" + part["default"]])
        else:
            value = item[names["#" + part["old"]]]
        if part["plus"]:
            value = {"N": str(int(value["N"]) + int(values[":" + part["plus"]]["N"]))}
        assigned[names["#" + part["name"]]] = value
    return assigned
