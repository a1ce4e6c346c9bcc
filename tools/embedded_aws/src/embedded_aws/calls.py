"""What a request calls, and on what: the operation by botocore's own models, the resources as ARNs.

For the access log. Judging (fixes/iam/needs.py) has its own idea of both: they are kept apart, so that what
the log recorded can be held against what was judged.
"""

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore.exceptions import UnknownServiceError

from embedded_aws import signature

ACCOUNT = "123456789012"
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """An operation such as `SendMessageBatch`, and ARNs; `*` where a request names nothing that is known."""

    operation: str
    resources: tuple[str, ...]


def read(environ: dict[str, Any]) -> Call:
    """The call of a WSGI request whose body was read already."""
    service = signature.service(environ)
    operation, given = _operation(environ, service)
    try:
        return Call(operation, _resources(service, given, signature.region(environ)))
    except (AttributeError, TypeError):
        return Call(operation, ("*",))  # not of the right shape: the service itself refuses it


def _operation(environ: dict[str, Any], service: str) -> tuple[str, Parameters]:
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.rpartition(".")[2], _json(_body(environ))
    if "form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        form = dict(parse_qsl(str(_body(environ), "utf-8", "replace")))
        return form.get("Action", ""), form
    method = str(environ["REQUEST_METHOD"])
    found = [rest.match(environ) for rest in _rest_operations(service, method)]
    matches = [match for match in found if match is not None]
    if not matches:
        return method, {}
    _, operation, labels = max(matches, key=lambda match: match[0])
    return operation, labels


def _body(environ: dict[str, Any]) -> bytes:
    body = environ["wsgi.input"]
    body.seek(0)
    return bytes(body.read())


def _json(body: bytes) -> Parameters:
    try:
        read = json.loads(body or b"{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


@dataclass(frozen=True)
class _RestOperation:
    """How a REST operation is recognised: its path, and what its query and headers must hold."""

    name: str
    path: re.Pattern[str]
    query: frozenset[str]
    headers: frozenset[str]

    def match(self, environ: dict[str, Any]) -> tuple[int, str, Parameters] | None:
        """(how much of it is special, name, labels of the path), or None."""
        path, _, query = str(environ.get("RAW_URI", "")).partition("?")
        found = self.path.fullmatch(path)
        names = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        present = self.query <= names and all(header in environ for header in self.headers)
        if found is None or not present:
            return None
        labels = {name: unquote(value) for name, value in found.groupdict().items()}
        return len(self.query) + len(self.headers), self.name, labels


@functools.cache
def _rest_operations(service: str, method: str) -> tuple[_RestOperation, ...]:
    try:
        model = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return ()
    if not model.metadata["protocol"].startswith("rest"):
        return ()
    operations = map(model.operation_model, model.operation_names)
    return tuple(_rest_operation(each) for each in operations if each.http["method"] == method)


def _rest_operation(model: Any) -> _RestOperation:
    path, _, query = model.http["requestUri"].partition("?")
    pattern = re.sub(r"\\{(\w+)(\\\+)?\\}", _label, re.escape(path.rstrip("/") or "/"))
    shape = model.input_shape
    required = [shape.members[name].serialization for name in (shape.required_members if shape else [])]
    names = {each["name"] for each in required if each.get("location") == "querystring"}
    headers = {each["name"] for each in required if each.get("location") == "header"}
    return _RestOperation(
        model.name,
        re.compile(f"{pattern}/?"),
        frozenset(names | {name for name, _ in parse_qsl(query, keep_blank_values=True)}),
        frozenset("HTTP_" + name.upper().replace("-", "_") for name in headers),
    )


def _label(found: re.Match[str]) -> str:
    return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"


def _resources(service: str, given: Parameters, region: str) -> tuple[str, ...]:
    prefix = f"arn:aws:{service}:{region}:{ACCOUNT}:"
    named = _NAMED[service](given, prefix) if service in _NAMED else []
    named = named or [
        value for value in given.values() if isinstance(value, str) and value.startswith("arn:")
    ]
    return tuple(sorted(set(named))) or ("*",)


def _queues(given: Parameters, prefix: str) -> list[str]:
    name = str(given.get("QueueUrl") or given.get("QueueName") or "").rpartition("/")[2]
    return [prefix + name] if name else []


def _tables(given: Parameters, prefix: str) -> list[str]:
    names = [given.get("TableName"), *(given.get("RequestItems") or {})]
    names += [deed.get("TableName") for item in given.get("TransactItems") or [] for deed in item.values()]
    return [name if name.startswith("arn:") else f"{prefix}table/{name}" for name in names if name]


def _log_streams(given: Parameters, prefix: str) -> list[str]:
    group, stream = given.get("logGroupName"), given.get("logStreamName")
    return [f"{prefix}log-group:{group}" + (f":log-stream:{stream}" if stream else "")] if group else []


def _objects(given: Parameters, _prefix: str) -> list[str]:
    bucket, key = given.get("Bucket"), given.get("Key")
    return [f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")] if bucket else []


def _tasks(given: Parameters, prefix: str) -> list[str]:
    cluster = str(given.get("cluster") or "default").rpartition("/")[2]
    tasks = [*(given.get("tasks") or []), *filter(None, [given.get("task")])]
    return [task if task.startswith("arn:") else f"{prefix}task/{cluster}/{task}" for task in tasks]


_NAMED: dict[str, Callable[[Parameters, str], list[str]]] = {
    "dynamodb": _tables,
    "ecs": _tasks,
    "logs": _log_streams,
    "s3": _objects,
    "sqs": _queues,
}
