"""Makes a client's hot calls cheap: the first attempt of each goes over a lean connection of its own.

boto3 stays in charge: the client is its own, and so are credentials, endpoint, timeouts and certificates. The
methods named here first build, sign and send the request by themselves, and decode a clean answer. Whatever
else comes of that, an error of AWS, a refused connection, a timeout, is handed to botocore as the outcome of
its own first attempt (event `before-send`): its parser, its retries and its pauses go on from there. So
nothing is sent more often than by botocore alone, and nothing means anything else (docs/decisions/011).
"""

import hashlib
import hmac
import os
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore
import msgspec
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.utils import get_environ_proxies

from queue_worker.connections import Answer, Connections, UnknownFraming

# Each client's method for an operation. All speak the AWS JSON protocol: a POST to "/", JSON there and back.
HOT_CALLS = {
    "sqs": {
        "receive_message": "ReceiveMessage",
        "send_message_batch": "SendMessageBatch",
        "delete_message_batch": "DeleteMessageBatch",
        "change_message_visibility_batch": "ChangeMessageVisibilityBatch",
    },
    "dynamodb": {"update_item": "UpdateItem"},
    "logs": {"create_log_stream": "CreateLogStream", "put_log_events": "PutLogEvents"},
}
# What leaves an answer of each one to botocore: a null, for it means that the member is absent, and what
# marks a binary member, for it needs base64, and botocore's parser knows where. In the strings of a JSON
# text a quote is escaped, so a message that speaks of such members does not look like one.
_LEFT_TO_BOTOCORE = {
    "sqs": (b"null", b'"BinaryValue"'),
    "dynamodb": (b"null", b'"B"', b'"BS"'),
    "logs": (b"null",),
}
_OK = int(HTTPStatus.OK)
Method = Callable[..., dict[str, Any]]


def make_client(session: boto3.Session, service: str, config: Config, *, fast_calls: bool) -> Any:
    """A client for "sqs", "dynamodb" or "logs"; with `fast_calls` its hot calls take the short way.

    botocore does it all with a proxy, a client certificate, no credentials, or an endpoint below a path.
    """
    client = session.client(service, config=config)  # type: ignore[call-overload]  # a service by its name
    meta = client.meta
    credentials, plain = session.get_credentials(), urlsplit(meta.endpoint_url).path in ("", "/")
    behind = meta.config.client_cert or meta.config.proxies or get_environ_proxies(meta.endpoint_url)
    if not fast_calls or not credentials or not plain or behind or meta.config.signature_version != "v4":
        return client
    ca_bundle = session._session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    connections = Connections(
        meta.endpoint_url,
        ca_bundle=ca_bundle,
        connect_seconds=meta.config.connect_timeout,
        read_seconds=meta.config.read_timeout,
        most_idle=meta.config.max_pool_connections,
    )
    model = meta.service_model
    signer = Signer(credentials, region=meta.region_name, service=model.signing_name)
    short_way = _ShortWay(meta.endpoint_url, connections, signer, left_over=_LEFT_TO_BOTOCORE[service])
    for name, operation in HOT_CALLS[service].items():
        headers = _headers(connections.host, model.metadata, operation)
        setattr(client, name, short_way.method(headers, getattr(client, name)))
        event = f"before-send.{model.service_id.hyphenize()}.{operation}"
        meta.events.register_first(event, short_way.before_send)
    return client


def _headers(host: str, metadata: dict[str, Any], operation: str) -> dict[str, str]:
    """What every request of the operation carries."""
    headers = {
        "content-type": f"application/x-amz-json-{metadata['jsonVersion']}",
        "host": host,
        "user-agent": f"queue_worker Boto3/{boto3.__version__} Botocore/{botocore.__version__}",
        "x-amz-target": f"{metadata['targetPrefix']}.{operation}",
    }
    return headers | ({"x-amzn-query-mode": "true"} if "awsQueryCompatible" in metadata else {})


class _ShortWay:
    """The hot methods of one client, and the event handler through which botocore learns what they met."""

    def __init__(
        self, url: str, connections: Connections, signer: "Signer", *, left_over: tuple[bytes, ...]
    ) -> None:
        self._url = url
        self._left_over = left_over
        self._connections = connections
        self._signer = signer
        self._first_attempt = threading.local()  # what came of it, until botocore asks, in the same thread
        self._usable = True

    def method(self, headers: dict[str, str], botocores: Method) -> Method:
        """In place of botocore's method, which still makes the call wherever the answer is not clean."""

        def call(**params: Any) -> dict[str, Any]:
            answered, outcome = self._attempt(headers, params)
            if answered is not None:
                return answered
            self._first_attempt.outcome = outcome
            try:
                return botocores(**params)
            finally:
                self._first_attempt.outcome = None

        return call

    def before_send(self, **_: Any) -> AWSResponse | None:
        """What came of the first attempt, once; raises it where it was an error."""
        outcome = getattr(self._first_attempt, "outcome", None)
        self._first_attempt.outcome = None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _attempt(
        self, headers: dict[str, str], params: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, AWSResponse | Exception | None]:
        """(a clean answer, None), or (None, what botocore must know of the attempt; None without one)."""
        try:
            body = msgspec.json.encode(params)
        except (TypeError, ValueError):
            return None, None  # botocore says what is wrong with it
        if not self._usable:
            return None, None
        try:
            answer = self._connections.exchange(self._signer.request(headers, body))
        except UnknownFraming as error:
            self._usable = False
            return None, error.as_botocore_says()
        except BotoCoreError as error:
            return None, error
        parsed = _decoded(answer, self._left_over)
        if parsed is not None:
            return parsed, None
        received: Any = answer.headers
        return None, AWSResponse(self._url, answer.status, received, answer)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """All of an operation's requests within one second that does not depend on the body."""

    second: int
    credentials: Any
    canonical: bytes  # up to the body's hash
    to_sign: bytes  # up to the hash of the canonical request
    key: hmac.HMAC
    head: bytes  # up to the body's length
    authorization: bytes  # from there up to the signature


class Signer:
    """Signature Version 4 for the requests of one service in one region. Safe among threads.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    def __init__(self, credentials: Any, *, region: str, service: str) -> None:
        self._credentials = credentials
        self._scope = (region, service)
        self._prepared: dict[str, _Prepared] = {}

    def request(self, headers: dict[str, str], body: bytes) -> bytes:
        """The whole request, signed now. The names of `headers` are in small letters; x-amz-target is one."""
        held = self._credentials.get_frozen_credentials()  # renews what is about to expire
        second = int(time.time())
        prepared = self._prepared.get(headers["x-amz-target"])
        if prepared is None or prepared.second != second or prepared.credentials != held:
            prepared = self._prepare(headers, held, second)
            self._prepared[headers["x-amz-target"]] = prepared
        request = prepared.canonical + hashlib.sha256(body).hexdigest().encode()
        signature = prepared.key.copy()
        signature.update(prepared.to_sign + hashlib.sha256(request).hexdigest().encode())
        return b"%b%d%b%b\r\n\r\n%b" % (
            prepared.head,
            len(body),
            prepared.authorization,
            signature.hexdigest().encode(),
            body,
        )

    def _prepare(self, headers: dict[str, str], held: Any, second: int) -> _Prepared:
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        signed = headers | {"x-amz-date": now}
        if held.token:
            signed["x-amz-security-token"] = held.token
        names = sorted(signed.keys() - {"user-agent"})
        listed = ";".join(names)
        canonical = "".join([f"{name}:{signed[name]}\n" for name in names])
        scope = f"{now[:8]}/{'/'.join(self._scope)}/aws4_request"
        lines = "".join([f"{name}: {value}\r\n" for name, value in signed.items()])
        return _Prepared(
            second=second,
            credentials=held,
            canonical=f"POST\n/\n\n{canonical}\n{listed}\n".encode(),
            to_sign=f"AWS4-HMAC-SHA256\n{now}\n{scope}\n".encode(),
            key=hmac.new(self._key(held.secret_key, now[:8]), digestmod="sha256"),
            head=f"POST / HTTP/1.1\r\n{lines}content-length: ".encode(),
            authorization=(
                f"\r\nauthorization: AWS4-HMAC-SHA256 Credential={held.access_key}/{scope}, "
                f"SignedHeaders={listed}, Signature="
            ).encode(),
        )

    def _key(self, secret: str, day: str) -> bytes:
        key = f"AWS4{secret}".encode()
        for part in (day, *self._scope, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key


def _decoded(answer: Answer, left_over: tuple[bytes, ...]) -> dict[str, Any] | None:
    """A clean answer as botocore would decode it; None leaves it to botocore."""
    body = answer.body
    if answer.status != _OK:
        return None
    for mark in left_over:
        if mark in body:
            return None
    checksum = answer.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(zlib.crc32(body)):
        return None
    try:
        parsed = msgspec.json.decode(body) if body else {}
    except msgspec.DecodeError:
        return None
    if not isinstance(parsed, dict):
        return None
    parsed["ResponseMetadata"] = {
        "RequestId": answer.headers.get("x-amzn-requestid", ""),
        "HTTPStatusCode": answer.status,
        "HTTPHeaders": answer.headers,
        "RetryAttempts": 0,
    }
    return parsed
