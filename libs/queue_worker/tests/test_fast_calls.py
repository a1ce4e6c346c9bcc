"""The short way of hot calls: the same answers, errors and number of requests as botocore alone."""

import itertools
import string
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session
from embedded_aws.fault_proxy import (
    Fault,
    FaultProxy,
    Response,
    cut_after,
    cut_before,
    cut_midway,
    refuse,
    slow,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from queue_worker.fast_calls import Signer, make_client
from queue_worker.sqs import Sendable, Sqs

_numbers = itertools.count(1)
# Characters that SQS takes: XML 1.0 without the surrogates.
SENDABLE = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=60,
)
NAMES = st.text(string.ascii_letters, min_size=1, max_size=12)
MANY = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass(eq=False)
class Both:
    """Clients of both kinds through one proxy, and what the calls need to exist."""

    proxy: FaultProxy
    session: boto3.Session
    queue_url: str
    table: str
    group: str

    @cache  # noqa: B019  (making a client takes longer than many calls)
    def client(self, service: str, *, fast: bool) -> Any:
        return make_client(self.session, service, Config(), fast_calls=fast)

    def patient_client(self, service: str, attempts: int, *, fast: bool) -> Any:
        retries: Any = {"mode": "standard", "total_max_attempts": attempts}
        config = Config(retries=retries, read_timeout=1, connect_timeout=5)
        return make_client(self.session, service, config, fast_calls=fast)


@pytest.fixture
def both(aws_endpoint: str, aws_session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    name = f"fast-calls-{next(_numbers)}"
    sqs = aws_session.client("sqs", endpoint_url=aws_endpoint)
    dynamodb = aws_session.client("dynamodb", endpoint_url=aws_endpoint)
    queue_url = sqs.create_queue(QueueName=name)["QueueUrl"]
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    aws_session.client("logs", endpoint_url=aws_endpoint).create_log_group(logGroupName=name)
    with FaultProxy(aws_endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
        yield Both(proxy, aws_session, queue_url, name, name)


def outcome(call: Callable[[], Any]) -> Any:
    """What the call came to, without what differs from one request to the next."""
    try:
        answer = dict(call())
    except ClientError as error:
        answer = dict(error.response) | {"raised": type(error).__name__}
    except BotoCoreError as error:
        return type(error).__name__
    metadata = answer.pop("ResponseMetadata")
    return answer | {"status": metadata["HTTPStatusCode"], "retries": metadata["RetryAttempts"]}


def a_send(both: Both, client: Any) -> Any:
    return client.send_message_batch(QueueUrl=both.queue_url, Entries=[{"Id": "0", "MessageBody": "a"}])


def an_update(both: Both, client: Any, number: int = 7, /, **more: Any) -> Any:
    return client.update_item(
        TableName=both.table,
        Key={"id": {"S": "a"}},
        UpdateExpression="SET #n = :n",
        ExpressionAttributeNames={"#n": "n"},
        ExpressionAttributeValues={":n": {"N": str(number)}},
        ReturnValues="ALL_NEW",
        **more,
    )


@MANY
@given(
    body=SENDABLE,
    attributes=st.dictionaries(
        NAMES,
        st.one_of(
            SENDABLE.map(lambda text: {"DataType": "String", "StringValue": text}),
            st.binary(min_size=1, max_size=40).map(lambda data: {"DataType": "Binary", "BinaryValue": data}),
        ),
        max_size=4,
    ),
)
def test_a_message_comes_back_as_botocore_alone_would_give_it(
    both: Both, body: str, attributes: dict[str, Any]
) -> None:
    fast, plain = both.client("sqs", fast=True), both.client("sqs", fast=False)
    entry = {"Id": "0", "MessageBody": body, "MessageAttributes": attributes}
    sent = fast.send_message_batch(QueueUrl=both.queue_url, Entries=[entry])["Successful"][0]
    wanted = {"QueueUrl": both.queue_url, "MessageAttributeNames": ["All"], "VisibilityTimeout": 0}
    wanted |= {"MessageSystemAttributeNames": ["SentTimestamp"]}
    received = [client.receive_message(**wanted)["Messages"][0] for client in (fast, plain)]
    handles = [message.pop("ReceiptHandle") for message in received]
    assert received[0] == received[1]
    assert (received[0]["Body"], received[0].get("MessageAttributes", {})) == (body, attributes)
    assert received[0]["MessageId"] == sent["MessageId"]
    gone = fast.delete_message_batch(
        QueueUrl=both.queue_url, Entries=[{"Id": "0", "ReceiptHandle": handles[1]}]
    )
    assert [entry["Id"] for entry in gone["Successful"]] == ["0"]


VALUES = st.recursive(
    st.one_of(
        SENDABLE.map(lambda text: {"S": text}),
        st.integers(-(10**12), 10**12).map(lambda number: {"N": str(number)}),
        st.binary(min_size=1, max_size=20).map(lambda data: {"B": data}),
        st.booleans().map(lambda truth: {"BOOL": truth}),
        st.just({"NULL": True}),
    ),
    lambda values: st.one_of(
        st.lists(values, max_size=3).map(lambda items: {"L": items}),
        st.dictionaries(NAMES, values, max_size=3).map(lambda items: {"M": items}),
    ),
    max_leaves=6,
)


@MANY
@given(value=VALUES)
def test_an_item_comes_back_as_botocore_alone_would_give_it(both: Both, value: dict[str, Any]) -> None:
    answers = [
        outcome(
            partial(
                both.client("dynamodb", fast=fast).update_item,
                TableName=both.table,
                Key={"id": {"S": "a"}},
                UpdateExpression="SET v = :v",
                ExpressionAttributeValues={":v": value},
                ReturnValues="ALL_NEW",
            )
        )
        for fast in (True, False)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["Attributes"]["v"] == value


def test_a_failed_condition_is_one_request_and_brings_the_item(both: Both) -> None:
    never = {"ConditionExpression": "n > :n", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    clients = [both.client("dynamodb", fast=fast) for fast in (True, False)]
    an_update(both, clients[0])
    both.proxy.calls.clear()
    answers = [outcome(partial(an_update, both, client, **never)) for client in clients]
    assert answers[0] == answers[1]
    assert answers[0]["raised"] == "ConditionalCheckFailedException"
    assert answers[0]["Item"] == {"id": {"S": "a"}, "n": {"N": "7"}}
    assert both.proxy.calls["UpdateItem"] == 2


def test_log_streams_and_lines_have_the_same_answers(both: Both) -> None:
    fast = both.client("logs", fast=True)
    names = {"logGroupName": both.group, "logStreamName": "a"}
    first, again = (outcome(lambda: fast.create_log_stream(**names)) for _ in range(2))
    assert first["status"] == 200
    assert again["raised"] == "ResourceAlreadyExistsException"
    events = [{"timestamp": 1_800_000_000_000, "message": "ü"}]
    answers = [
        outcome(partial(both.client("logs", fast=fast).put_log_events, **names, logEvents=events))
        for fast in (True, False)
    ]
    assert answers[0].keys() == answers[1].keys()
    assert both.proxy.calls["PutLogEvents"] == 2


def test_each_of_many_threads_gets_its_own_answers(both: Both) -> None:
    client, at_once = both.patient_client("dynamodb", 3, fast=True), 16
    all_are_there = Barrier(at_once, timeout=5)

    def together(request: Any, forward: Any) -> Response:
        answer: Response = forward(request)
        # Broken, it holds nobody up any more.
        with suppress(BrokenBarrierError):
            all_are_there.wait()
        return answer

    def told(number: int) -> int:
        return int(an_update(both, client, number)["Attributes"]["n"]["N"])

    both.proxy.add(Fault("UpdateItem", together))
    with ThreadPoolExecutor(at_once) as threads:
        assert list(threads.map(told, range(25 * at_once))) == list(range(25 * at_once))


def moved(_: Any, __: Any) -> Response:
    return Response(307, {"Location": "http://127.0.0.1:9/"}, b"{}")


def with_a_wrong_checksum(request: Any, forward: Any) -> Response:
    answer = forward(request)
    return Response(answer.status, answer.headers | {"x-amz-crc32": "1"}, answer.body)


def not_json(_: Any, __: Any) -> Response:
    return Response(200, {"Content-Type": "application/x-amz-json-1.0"}, b"<html>")


BEHAVIOURS = {
    "throttling": refuse("ThrottlingException"),
    "an error of AWS": refuse("InternalError", status=500),
    "away": refuse("ServiceUnavailable", status=503),
    "expired credentials": refuse("ExpiredTokenException"),
    "access denied": refuse("AccessDeniedException"),
    "a redirect": moved,
    "cut before": cut_before,
    "cut after": cut_after,
    "too slow": slow(3),
    "no JSON": not_json,
}


@pytest.mark.parametrize("attempts", [1, 2])
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_failure_is_what_it_is_to_botocore_with_not_one_request_more(
    both: Both, name: str, attempts: int
) -> None:
    found = {}
    for fast in (True, False):
        client = both.patient_client("sqs", attempts, fast=fast)
        a_send(both, client)  # so that a connection is there to be used again
        both.proxy.calls.clear()
        both.proxy.add(Fault("SendMessageBatch", BEHAVIOURS[name], times=1))
        found[fast] = (
            outcome(partial(a_send, both, client)),
            both.proxy.calls["SendMessageBatch"],
        )
        both.proxy.clear()
        assert outcome(partial(a_send, both, client))["status"] == 200
    for answer, _ in found.values():
        _forget_ids(answer)
    assert found[True] == found[False]


def test_an_answer_that_was_cut_short_is_an_error_here_and_an_empty_answer_to_botocore(both: Both) -> None:
    found = {}
    for fast in (True, False):
        client = both.patient_client("sqs", 1, fast=fast)
        both.proxy.add(Fault("SendMessageBatch", cut_midway, times=1))
        found[fast] = outcome(partial(a_send, both, client))
        both.proxy.clear()
    assert found == {True: "ConnectionClosedError", False: {"status": 200, "retries": 0}}


@pytest.mark.parametrize("fast", [True, False])
def test_a_batch_whose_answer_was_cut_short_counts_as_not_taken(both: Both, fast: bool) -> None:
    sqs = Sqs(both.session, wait_time_seconds=0, fast_calls=fast)
    both.proxy.add(Fault("SendMessageBatch", cut_midway))
    failures = sqs.send(both.queue_url, [Sendable("a", {}), Sendable("b", {})])
    assert [failure.outage for failure in failures.values()] == [True, True]


def _forget_ids(answer: Any) -> None:
    for entry in answer.get("Successful", []) if isinstance(answer, dict) else []:
        entry.pop("MessageId")


def test_a_wrong_checksum_of_dynamodb_is_asked_again(both: Both) -> None:
    requests = []
    for fast in (True, False):
        client = both.patient_client("dynamodb", 3, fast=fast)
        both.proxy.calls.clear()
        both.proxy.add(Fault("UpdateItem", with_a_wrong_checksum, times=1))
        assert an_update(both, client)["Attributes"]["n"] == {"N": "7"}
        both.proxy.clear()
        requests.append(both.proxy.calls["UpdateItem"])
    assert requests == [2, 2]


def test_refused_connections_are_botocores_error_and_mend_themselves(both: Both) -> None:
    client = both.patient_client("sqs", 1, fast=True)
    a_send(both, client)
    both.proxy.stop()
    assert outcome(lambda: a_send(both, client)) in ("EndpointConnectionError", "ConnectionClosedError")
    assert outcome(lambda: a_send(both, client)) == "EndpointConnectionError"
    both.proxy.start()
    assert outcome(lambda: a_send(both, client))["status"] == 200


def test_credentials_that_are_renewed_sign_the_next_request(both: Both) -> None:
    tokens: list[str] = []
    given = itertools.count(1)

    def credentials() -> dict[str, str]:
        # Already within the time at which botocore renews them.
        number = next(given)
        return {
            "access_key": f"AKIA{number}",
            "secret_key": "s",
            "token": f"token-{number}",
            "expiry_time": "2020-01-01T00:00:00Z" if number == 1 else "2099-01-01T00:00:00Z",
        }

    def note(request: Any, forward: Any) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        tokens.append(headers["x-amz-security-token"])
        assert f"AKIA{tokens[-1].rpartition('-')[2]}/" in headers["authorization"]
        answer: Response = forward(request)
        return answer

    core = Session()
    core.set_config_variable("region", "us-east-1")
    vars(core)["_credentials"] = RefreshableCredentials.create_from_metadata(
        credentials(), credentials, "test"
    )
    client = make_client(boto3.Session(botocore_session=core), "sqs", Config(), fast_calls=True)
    both.proxy.add(Fault("SendMessageBatch", note))
    a_send(both, client)
    assert tokens == ["token-2"]


@given(
    body=st.binary(max_size=200),
    token=st.one_of(st.none(), st.text(string.ascii_letters + "+/=", min_size=1)),
    target=st.text(string.ascii_letters, min_size=1),
    secret=st.text(string.ascii_letters + string.digits + "/+", min_size=1),
)
def test_the_signature_is_botocores(body: bytes, token: str | None, target: str, secret: str) -> None:
    credentials = Credentials("AKIDEXAMPLE", secret, token)
    headers = {"host": "sqs.us-east-1.amazonaws.com", "x-amz-target": f"AmazonSQS.{target}"}
    headers |= {"user-agent": "any", "content-type": "application/x-amz-json-1.0"}
    signer = Signer(credentials, region="us-east-1", service="sqs")
    head, _, sent = signer.request(headers, body).partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    ours = lines.pop("authorization")
    assert (sent, lines.pop("content-length")) == (body, str(len(body)))

    request = AWSRequest("POST", "https://sqs.us-east-1.amazonaws.com/", headers=lines, data=body, params={})
    request.context["timestamp"] = lines["x-amz-date"]
    auth: Any = SigV4Auth(credentials, "sqs", "us-east-1")
    auth._inject_signature_to_request(
        request, auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    )
    assert ours == request.headers["Authorization"]
