"""The fault proxy as a process: what its words break."""

import json

import pytest
from embedded_aws.broken_aws import parse_fault, sometimes, unconditional
from embedded_aws.fault_proxy import Request, Response, refuse

OK = Response(200, {}, b'{"Successful": []}')


def call(action: str, **body: object) -> Request:
    """A call of the AWS JSON protocol."""
    return Request(action, "POST", "/", {}, json.dumps(body).encode())


def test_no_heartbeat_refuses_extensions_and_lets_hand_backs_pass() -> None:
    # Given a call that extends one message by the visibility and hands another one back
    entries = [{"Id": "beat", "VisibilityTimeout": 5}, {"Id": "back", "VisibilityTimeout": 0}]
    passed: list[Request] = []

    def forward(request: Request) -> Response:
        passed.append(request)
        return Response(200, {}, b'{"Successful": [{"Id": "back"}]}')

    # When it meets the fault
    answer = parse_fault("no-heartbeat=5").behaviour(
        call("ChangeMessageVisibilityBatch", Entries=entries), forward
    )

    # Then only the extension fails.
    assert answer is not None
    assert [entry["Id"] for entry in json.loads(answer.body)["Failed"]] == ["beat"]
    assert [entry["Id"] for entry in json.loads(passed[0].body)["Entries"]] == ["back"]


def test_no_idempotency_makes_every_condition_hold() -> None:
    passed: list[Request] = []

    def forward(request: Request) -> Response:
        passed.append(request)
        return OK

    unconditional(call("UpdateItem", ConditionExpression="#a = :b"), forward)
    condition = json.loads(passed[0].body)["ConditionExpression"]
    assert condition == "(#a = :b) OR attribute_not_exists(thereIsNoSuchAttribute)"


def test_a_share_of_calls_is_refused_and_the_rest_passes() -> None:
    draws = iter([0.39, 0.4, 0.9])
    broken = sometimes(0.4, refuse("ThrottlingException"), draw=lambda: next(draws))
    answers = [broken(call("UpdateItem"), lambda _: OK) for _ in range(3)]
    assert [answer.status for answer in answers if answer] == [400, 200, 200]


@pytest.mark.parametrize(
    "text", ["nonsense", "slow=UpdateItem", "slow=UpdateItem:late", "no-heartbeat=", "slow"]
)
def test_an_unknown_fault_is_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse_fault(text)
