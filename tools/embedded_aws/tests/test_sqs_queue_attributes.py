"""Queue attributes, against stock moto."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "s", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}],
}


def attributes_of(aws: Any, url: str) -> dict[str, str]:
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    found: dict[str, str] = answer["Attributes"]
    return found


def redrive_allow_policy(aws: Any) -> str | None:
    url = aws.queue(RedriveAllowPolicy='{"redrivePermission": "denyAll"}')
    return attributes_of(aws, url).get("RedriveAllowPolicy")


def test_redrive_allow_policy_is_returned(embedded: Any, stock: Any) -> None:
    assert redrive_allow_policy(embedded) == '{"redrivePermission":"denyAll"}'
    assert redrive_allow_policy(stock) is None


def redrive_policy(aws: Any) -> str:
    target = attributes_of(aws, aws.queue())["QueueArn"]
    url = aws.queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 5}))
    return attributes_of(aws, url)["RedrivePolicy"]


def test_redrive_policy_is_returned_without_blanks(embedded: Any, stock: Any) -> None:
    assert " " not in redrive_policy(embedded)
    assert " " in redrive_policy(stock)


def policy_after_another_attribute_was_set(aws: Any) -> str | None:
    url = aws.queue(Policy=json.dumps(POLICY))
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    return attributes_of(aws, url).get("Policy")


def test_setting_another_attribute_keeps_the_policy(embedded: Any, stock: Any) -> None:
    assert json.loads(policy_after_another_attribute_was_set(embedded) or "{}") == POLICY
    assert policy_after_another_attribute_was_set(stock) is None


def test_policies_can_be_removed(embedded: Any) -> None:
    url = embedded.queue(Policy=json.dumps(POLICY), RedriveAllowPolicy='{"redrivePermission":"denyAll"}')
    embedded.client("sqs").set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": "", "RedriveAllowPolicy": ""}
    )
    assert not {"Policy", "RedriveAllowPolicy"} & set(attributes_of(embedded, url))


def test_creating_a_queue_again_with_the_same_attributes_returns_it(embedded: Any) -> None:
    sqs = embedded.client("sqs")
    given = {"RedriveAllowPolicy": '{"redrivePermission": "denyAll"}', "VisibilityTimeout": "7"}
    url = embedded.queue(**given)
    assert sqs.create_queue(QueueName=url.rpartition("/")[2], Attributes=given)["QueueUrl"] == url


def test_a_missing_queue_has_the_error_of_sqs(embedded: Any) -> None:
    sqs = embedded.client("sqs")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as missing:
        sqs.get_queue_url(QueueName="not-there")
    assert missing.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert isinstance(missing.value, ClientError)
