"""Makes a client's hot calls cheap: the first attempt of each goes over a lean connection of its own.

boto3 stays in charge. When it is about to send one of the calls named here (botocore's event `before-call`),
the request, which it has built, is signed and sent here, and a clean answer is decoded here. Whatever else
comes of it, an error of AWS, a refused connection, a timeout, is handed to botocore as the outcome of its own
first attempt (event `before-send`): its parser, its retries and its pauses go on from there. So nothing is
sent more often than by botocore alone, and nothing means anything else (docs/decisions/011).
"""

import hashlib
import hmac
import os
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from functools import partial
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

# All of the AWS JSON protocol: one POST to "/", JSON there and back.
HOT_CALLS = {
    "sqs": ("ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"),
    "dynamodb": ("UpdateItem",),
    "logs": ("CreateLogStream", "PutLogEvents"),
}
# botocore's SigV4Auth does not sign these either.
_UNSIGNED = frozenset({"user-agent", "x-amzn-trace-id", "expect", "transfer-encoding"})
# Binary members need base64, and null means absent: botocore's parser knows where. In a JSON text's strings a
# quote is escaped, so a message that speaks of such members does not look like one.
_FOR_BOTOCORE = (b'"BinaryValue"', b'"B":', b'"BS":', b'"B" :', b'"BS" :', b":null", b": null")


def make_client(session: boto3.Session, service: str, config: Config, *, fast_calls: bool) -> Any:
    """A client for "sqs", "dynamodb" or "logs"; with `fast_calls` its hot calls take the short way."""
    if not fast_calls:
        return session.client(service, config=config)  # type: ignore[call-overload]  # a service by its name
    # botocore would put its user agent together anew for every call, and check every parameter. Those come
    # from our own code, and AWS refuses what is wrong.
    agent = f"queue_worker Boto3/{boto3.__version__} Botocore/{botocore.__version__}"
    lean = config.merge(Config(user_agent=agent, parameter_validation=False))
    client = session.client(service, config=lean)  # type: ignore[call-overload]  # a service by its name
    _hasten(client, session)
    return client


def _hasten(client: Any, session: boto3.Session) -> None:
    """Does nothing where botocore must do it all: with a proxy, a client certificate, or no credentials."""
    meta = client.meta
    credentials, config = session.get_credentials(), meta.config
    if not credentials or config.client_cert or config.proxies or get_environ_proxies(meta.endpoint_url):
        return
    ca_bundle = session._session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    connect = partial(
        Connections,
        ca_bundle=ca_bundle,
        connect_seconds=config.connect_timeout,
        read_seconds=config.read_timeout,
        most_idle=config.max_pool_connections,
    )
    short_way = _ShortWay(connect, credentials)
    service = meta.service_model.service_id.hyphenize()
    for call in HOT_CALLS[meta.service_model.service_name]:
        # Last: what other handlers add to a request belongs to it.
        meta.events.register_last(f"before-call.{service}.{call}", short_way.before_call)
        meta.events.register_first(f"before-send.{service}.{call}", short_way.before_send)


class _ShortWay:
    """The two event handlers of one client."""

    def __init__(self, connect: Callable[[str], Connections], credentials: Any) -> None:
        self._connect = connect
        self._credentials = credentials
        self._connections: dict[str, Connections] = {}  # by endpoint: one, or DynamoDB's of the account
        self._keys: dict[tuple[str, ...], bytes] = {}
        self._first_attempt = threading.local()  # what came of it, until botocore asks, in the same thread
        self._usable = True

    def before_call(
        self, *, model: Any, params: dict[str, Any], request_signer: Any, context: dict[str, Any], **_: Any
    ) -> tuple[AWSResponse, dict[str, Any]] | None:
        """A clean answer; or None: botocore makes the call, with what came of this attempt, if any."""
        self._first_attempt.outcome = None
        if not (self._usable and _is_ours(params, request_signer, context)):
            return None
        connections = self._to(params["url"])
        try:
            answer = connections.exchange(self._request(connections.host, params, request_signer, context))
        except UnknownFraming as error:
            self._usable = False
            self._first_attempt.outcome = error.as_botocore_says()
            return None
        except BotoCoreError as error:
            self._first_attempt.outcome = error
            return None
        headers: Any = answer.headers
        response = AWSResponse(params["url"], answer.status, headers, answer)
        parsed = _decoded(answer)
        if parsed is None:
            self._first_attempt.outcome = response
            return None
        return response, parsed

    def before_send(self, **_: Any) -> AWSResponse | None:
        """What came of the first attempt, once; raises it where it was an error."""
        outcome = getattr(self._first_attempt, "outcome", None)
        self._first_attempt.outcome = None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _to(self, url: str) -> Connections:
        known = self._connections.get(url)
        return known if known is not None else self._connections.setdefault(url, self._connect(url))

    def _request(
        self, host: str, params: Mapping[str, Any], signer: Any, context: Mapping[str, Any]
    ) -> bytes:
        signing = context.get("signing") or {}
        region = signing.get("region") or signer.region_name
        service = signing.get("signing_name") or signer.signing_name
        body: bytes = params["body"]
        headers = dict(params["headers"].items())
        headers["Host"] = host
        headers |= self._signature(headers, body, region, service)
        headers["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {_text(value)}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + body

    def _signature(
        self, headers: Mapping[str, Any], body: bytes, region: str, service: str
    ) -> dict[str, str]:
        """The headers that Signature Version 4 adds, as botocore's SigV4Auth would.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
        """
        held = self._credentials.get_frozen_credentials()  # refreshes what is about to expire
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        added = {"X-Amz-Date": now}
        if held.token:
            added["X-Amz-Security-Token"] = held.token
        signed = {name.lower(): _text(value).strip() for name, value in (headers | added).items()}  # type: ignore[operator]
        names = sorted(signed.keys() - _UNSIGNED)
        listed = ";".join(names)
        canonical = "".join(f"{name}:{signed[name]}\n" for name in names)
        request = f"POST\n/\n\n{canonical}\n{listed}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{now[:8]}/{region}/{service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = self._key(held.secret_key, now[:8], region, service)
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        added["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={held.access_key}/{scope}, "
            f"SignedHeaders={listed}, Signature={signature}"
        )
        return added

    def _key(self, secret: str, *scope: str) -> bytes:
        """Derived once for each secret and day."""
        known = self._keys.get((secret, *scope))
        if known is None:
            known = f"AWS4{secret}".encode()
            for part in (*scope, "aws4_request"):
                known = hmac.digest(known, part.encode(), "sha256")
            self._keys = {(secret, *scope): known}
        return known


def _is_ours(params: Mapping[str, Any], signer: Any, context: Mapping[str, Any]) -> bool:
    """True for a POST to the endpoint's root with signature version 4, which all hot calls are."""
    parts = urlsplit(params["url"])
    return (
        context.get("auth_type") in (None, "v4")
        and signer.signature_version == "v4"
        and isinstance(params["body"], bytes)
        and parts.path in ("", "/")
        and not parts.query
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _decoded(answer: Answer) -> dict[str, Any] | None:
    """A clean answer as botocore would decode it; None leaves it to botocore."""
    if answer.status != 200 or any(mark in answer.body for mark in _FOR_BOTOCORE):  # noqa: PLR2004
        return None
    checksum = answer.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(zlib.crc32(answer.body)):
        return None
    try:
        parsed = msgspec.json.decode(answer.body) if answer.body else {}
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
