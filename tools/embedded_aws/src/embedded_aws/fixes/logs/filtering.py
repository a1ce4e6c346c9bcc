"""FilterLogEvents and DescribeLogStreams.

What moto gets wrong: a JSON pattern matches every event, a term with a sign, a digit or a dot in front
matches every event, `logStreamNamePrefix` is ignored, and both walk all events of all streams.
"""

import json
from typing import Any

from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogGroup, LogStream
from moto.logs.responses import LogsResponse

from embedded_aws.fixes.logs.patterns import InvalidPattern, compile_pattern

LIMIT = 10_000  # FilterLogEvents: default and maximum


def apply() -> None:
    """Replace FilterLogEvents; let streams keep their first and last time."""
    LogsResponse.filter_log_events = _filter_log_events
    _describe_only_named_streams()


def _filter_log_events(self: Any) -> str:
    ask = self._get_param
    group = self.logs_backend._find_log_group(ask("logGroupIdentifier"), ask("logGroupName"))
    streams = _streams(group, ask("logStreamNames", []), ask("logStreamNamePrefix"))
    limit = ask("limit") or LIMIT
    if limit > LIMIT:
        bound = f"Member must have value less than or equal to {LIMIT}"
        raise InvalidParameterException(constraint=bound, parameter="limit", value=limit)
    start, end = ask("startTime") or 0, ask("endTime") or float("inf")
    try:
        matches = compile_pattern(ask("filterPattern"))
    except InvalidPattern:
        raise InvalidParameterException("Invalid filter pattern") from None
    found = [
        (event.timestamp, event.event_id, stream.log_stream_name, event)
        for stream in streams
        for event in stream.events
        if start <= event.timestamp <= end and matches(event.message)
    ]
    found.sort(key=lambda item: item[:2])
    first = _position(ask("nextToken"))
    answer: dict[str, Any] = {
        "events": [
            {**event.to_filter_dict(), "logStreamName": name}
            for _, _, name, event in found[first : first + limit]
        ],
        "searchedLogStreams": [],  # deprecated by CloudWatch Logs, and empty there
    }
    if first + limit < len(found):
        answer["nextToken"] = str(first + limit)
    return json.dumps(answer)


def _streams(group: LogGroup, names: list[str], prefix: str | None) -> list[LogStream]:
    if names and prefix:
        raise InvalidParameterException("Cannot specify both logStreamNames and logStreamNamePrefix.")
    if names:
        return [group.streams[name] for name in names if name in group.streams]
    return [stream for name, stream in group.streams.items() if name.startswith(prefix or "")]


def _position(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdecimal():
        raise InvalidParameterException("The specified nextToken is invalid.")
    return int(token)


def _describe_only_named_streams() -> None:
    stock = LogGroup.describe_log_streams

    def describe_log_streams(self: Any, **asked: Any) -> Any:
        by_name = asked["order_by"] == "LogStreamName"
        if not by_name or asked["next_token"]:
            return stock(self, **asked)
        prefix, limit = asked["log_stream_name_prefix"], asked["limit"]
        names = sorted(name for name in self.streams if name.startswith(prefix))
        if asked["descending"]:
            names.reverse()
        page = [self.streams[name].to_describe_dict() for name in names[:limit]]
        token = f"{asked['log_group_name']}@{names[limit - 1]}" if len(names) > limit else None
        return page, token

    LogGroup.describe_log_streams = describe_log_streams
