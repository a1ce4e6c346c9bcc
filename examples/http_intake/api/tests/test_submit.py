"""`POST /submit`: what is taken, what is refused with which words, and that the token goes nowhere."""

import json
import socket
import subprocess
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from background_job.handlers.registry import job_types
from intake_world import GENEROUS_SECONDS, PAYLOAD, TIME, TOKEN, Api, IntakeWorld
from job_contract import parse_trigger

MAX_BODY_BYTES = 65_536


def test_a_curl_as_the_readme_has_it_is_answered_and_queued(api: Api, module_world: IntakeWorld) -> None:
    command = ["curl", "--silent", "-X", "POST", f"{api.url}/submit", "-H", "Content-Type: application/json"]
    answer = subprocess.run(
        [*command, "-d", json.dumps(PAYLOAD)],
        capture_output=True,
        text=True,
        timeout=GENEROUS_SECONDS,
        check=True,
    )

    assert answer.stdout == '{"message":"Payload accepted and queued."}'
    (body,) = module_world.trigger_bodies()
    trigger = parse_trigger(body)
    assert trigger.job_type in job_types(fault_injection=False)
    assert trigger.trigger_background_job
    assert trigger.data == {"email_timestream": TIME}


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (TIME, TIME),
        ("2025-06-09T12:30:45.123+02:00", TIME),
        (1749465045123, TIME),
        (1749465045.123, TIME),
        ("1749465045123", TIME),
        ("2025-06-09", "2025-06-09T00:00:00.000Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_dates_and_ticks_are_queued_as_iso(
    api: Api, module_world: IntakeWorld, given: Any, stored: str
) -> None:
    assert api.post({"token": TOKEN, "email_timestream": given}).status_code == 200

    (trigger,) = module_world.triggers()
    assert trigger["data"] == {"email_timestream": stored}


def test_other_fields_travel_along_but_for_tokens(api: Api, module_world: IntakeWorld) -> None:
    more = {
        "text": "Grüße \uffff \u0000 \U0001f600",
        "deep": [{"TOKEN": TOKEN, "kept": [1, None, 2**64 - 1, -(2**63), 1.5]}],
        " Token ": TOKEN,
    }
    answer = api.post(PAYLOAD | more)

    assert answer.status_code == 200
    (trigger,) = module_world.triggers()
    assert trigger["jobId"] == answer.headers["Job-Id"]
    assert trigger["data"] == {
        "email_timestream": TIME,
        "text": more["text"],
        "deep": [{"kept": [1, None, 2**64 - 1, -(2**63), 1.5]}],
    }


@pytest.mark.parametrize("token", ["wrong", TOKEN[:-1], TOKEN + "x", f" {TOKEN}", "ü\u0000"])
def test_a_wrong_token_is_401_and_nothing_is_queued(api: Api, module_world: IntakeWorld, token: str) -> None:
    answer = api.post({"token": token, "email_timestream": "also wrong"})

    assert (answer.status_code, answer.json()) == (401, {"message": "The token is wrong.", "field": "token"})
    assert answer.headers["WWW-Authenticate"] == "Token"
    assert module_world.triggers() == []


NO_TIMES: tuple[Any, ...] = (None, True, "", "soon", "2025-13-01", [], {}, -1, 2**63, 1e19, "99999999")


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"email_timestream": TIME}, "token"),
        ({"token": 4711, "email_timestream": TIME}, "token"),
        ({"token": "", "email_timestream": TIME}, "token"),
        ({"Token": TOKEN, "email_timestream": TIME}, "token"),
        ({"token": TOKEN}, "email_timestream"),
        *(({"token": TOKEN, "email_timestream": wrong}, "email_timestream") for wrong in NO_TIMES),
        (PAYLOAD | {"deep": nested(40)}, "deep"),
        (PAYLOAD | {"large": [2**64]}, "large"),
        (PAYLOAD | {"small": -(2**63) - 1}, "small"),
        ([PAYLOAD], "body"),
        ("text", "body"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bad_input_is_422_with_the_field_and_nothing_is_queued(
    api: Api, module_world: IntakeWorld, payload: Any, field: str
) -> None:
    answer = api.post(payload)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["message"].endswith(".")
    assert TOKEN not in answer.text
    assert module_world.triggers() == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"not json", b"\xff\xfe", b'{"token": NaN}', b'{"a": "\\ud800"}', b"[" * 5000, b"1e999"],
)
def test_what_is_not_json_is_422(api: Api, module_world: IntakeWorld, body: bytes) -> None:
    answer = api.post(data=body)

    assert (answer.status_code, answer.json()["field"]) == (422, "body")
    assert module_world.triggers() == []


def body_of(size: int) -> bytes:
    empty = json.dumps(PAYLOAD | {"text": ""})
    return json.dumps(PAYLOAD | {"text": "x" * (size - len(empty))}).encode()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_413(
    api: Api, module_world: IntakeWorld, chunked: bool
) -> None:
    def send(body: bytes) -> requests.Response:
        return api.post(data=iter([body]) if chunked else body)

    assert send(body_of(MAX_BODY_BYTES)).status_code == 200
    refused = send(body_of(MAX_BODY_BYTES + 1))
    assert refused.status_code == 413
    assert refused.json() == {"message": "The body is larger than 65536 bytes.", "field": "body"}
    assert len(module_world.triggers()) == 1


def test_what_grows_beyond_the_queues_limit_is_413_and_what_just_fits_is_taken(
    world: IntakeWorld,
) -> None:
    api = world.start(MAX_BODY_BYTES=65_536, MAX_MESSAGE_BYTES=16_384)

    assert api.post(PAYLOAD | {"text": "x" * 7_900}).status_code == 200
    # Two bytes on the wire here, six on the queue.
    refused = api.post(data=json.dumps(PAYLOAD | {"text": "ü" * 1_400}, ensure_ascii=False).encode())
    assert refused.status_code == 413
    assert len(world.triggers()) == 1


def test_a_body_that_does_not_arrive_is_408(api: Api) -> None:
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname, address.port), GENEROUS_SECONDS) as connection:
        connection.sendall(b'POST /submit HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"token')
        assert connection.recv(12) == b"HTTP/1.1 408"


def test_unknown_paths_and_methods_are_told_in_json(api: Api) -> None:
    assert (api.get("/nothing").status_code, api.get("/nothing").json()) == (404, {"message": "Not Found"})
    wrong = api.get("/submit")
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST")


def test_the_token_is_nowhere_but_in_ssm(world: IntakeWorld) -> None:
    api = world.start(LOG_LEVEL="DEBUG")
    statuses = [
        api.post(payload).status_code
        for payload in (
            PAYLOAD,
            PAYLOAD | {"Token": TOKEN, "deep": {"token": TOKEN}},
            {"token": TOKEN, "email_timestream": "soon"},
            {"token": [TOKEN], "email_timestream": TIME},
            {"token": TOKEN + "x", "email_timestream": TIME},
        )
    ]
    api.terminate()
    assert api.exit_code() == 0

    assert statuses == [200, 200, 422, 422, 401]
    assert len(world.triggers()) == 2
    sent = b"".join(world.bodies)
    assert b"store-submission" in sent
    assert TOKEN.encode() not in sent
    assert "submission queued" in api.output.read_text()
    assert TOKEN not in api.output.read_text()


def test_the_document_has_every_answer(api: Api) -> None:
    documented = api.get("/openapi.json").json()["paths"]

    assert set(documented["/submit"]["post"]["responses"]) == {"200", "401", "408", "413", "422", "503"}
    assert set(documented["/ready"]["get"]["responses"]) == {"200", "503"}
    assert documented["/submit"]["post"]["responses"]["503"]["headers"].keys() == {"Retry-After"}
