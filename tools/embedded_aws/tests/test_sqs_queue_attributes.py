"""Queue attributes, against stock moto."""

import json
from concurrent.futures import ThreadPoolExecutor
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


def queues_made_at_once(aws: Any, count: int, threads: int = 8) -> int:
    """How many of `count` queues with dead-letter queues are refused while others are made and listed."""
    target = attributes_of(aws, aws.queue())["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 5})

    def make(number: int) -> int:
        try:
            if number % 2:
                aws.queue(RedrivePolicy=redrive)
            else:
                aws.client("sqs").list_queues()
        except ClientError:
            return 1
        return 0

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(make, range(2 * count)))


def test_queues_are_made_and_listed_while_others_are_made(embedded: Any) -> None:
    assert queues_made_at_once(embedded, 150) == 0
