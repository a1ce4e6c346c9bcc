from collections import OrderedDict
from typing import Any

import boto3
import pytest
from queue_worker import make_session


def described(session: boto3.Session, service: str) -> Any:
    loader = session._session.get_component("data_loader")
    return loader.load_service_model(service, "service-2"), loader.load_data("endpoints")


def undocumented(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            name: "" if name == "documentation" and isinstance(value, str) else undocumented(value)
            for name, value in part.items()
        }
    return [undocumented(value) for value in part] if isinstance(part, list | tuple) else part


@pytest.mark.parametrize("service", ["sqs", "dynamodb", "logs", "s3", "ecs"])
def test_a_lean_session_knows_of_a_service_what_boto3_knows_but_its_documentation(service: str) -> None:
    lean = described(make_session("us-east-1"), service)
    whole = described(boto3.Session(region_name="us-east-1"), service)

    assert list(lean) == undocumented(whole)
    assert list(lean) != list(whole)
    assert not any(isinstance(part, OrderedDict) for part in lean)


def test_a_lean_session_has_boto3s_region_agent_and_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")

    session = make_session("eu-central-1")

    credentials: Any = session.get_credentials()
    assert credentials.access_key == "an-access-key"
    assert session.client("sqs").meta.region_name == "eu-central-1"
    assert session._session.user_agent_name == boto3.Session()._session.user_agent_name


def test_a_service_that_does_not_exist_is_boto3s_error() -> None:
    with pytest.raises(Exception, match="Unknown service: 'nonesuch'"):
        make_session("us-east-1").client("nonesuch")  # type: ignore[call-overload]  # no service
