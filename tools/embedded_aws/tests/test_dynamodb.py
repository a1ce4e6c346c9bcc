"""Conditional writes, against stock moto."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError


def new_table(aws: Any) -> str:
    name = f"t-{uuid.uuid4().hex}"
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "jobId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "jobId", "AttributeType": "S"}],
    )
    return name


def claim(dynamodb: Any, table: str, job: str, worker: str) -> bool:
    """One conditional update that only the first worker may win."""
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"jobId": {"S": job}},
            UpdateExpression="SET worker = :worker",
            ConditionExpression="attribute_not_exists(worker)",
            ExpressionAttributeValues={":worker": {"S": worker}},
        )
    except ClientError as error:
        # By the code: of the class, threads that need it first at the same time get one each.
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def winners_of_each_job(aws: Any, jobs: int, workers: int = 12) -> list[int]:
    table = new_table(aws)
    clients = [aws.client("dynamodb") for _ in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        return [
            sum(pool.map(lambda one: claim(one, table, f"job-{job}", "w"), clients))  # noqa: B023
            for job in range(jobs)
        ]


def test_only_one_of_many_threads_wins_a_conditional_write(embedded: Any) -> None:
    assert winners_of_each_job(embedded, jobs=25) == [1] * 25


def test_stock_moto_lets_two_threads_win(stock: Any) -> None:
    for _ in range(20):
        if max(winners_of_each_job(stock, jobs=10)) > 1:
            return
    pytest.fail("stock moto no longer races: OneAtATime may be given up for DynamoDB")


def counted_by_many_threads(aws: Any, additions: int) -> int:
    table = new_table(aws)

    def add(dynamodb: Any) -> None:
        dynamodb.update_item(
            TableName=table,
            Key={"jobId": {"S": "counter"}},
            UpdateExpression="ADD hits :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, [aws.client("dynamodb")] * additions))
    item = aws.client("dynamodb").get_item(TableName=table, Key={"jobId": {"S": "counter"}})["Item"]
    return int(item["hits"]["N"])


def test_no_addition_is_lost(embedded: Any) -> None:
    assert counted_by_many_threads(embedded, 100) == 100


def test_a_failed_condition_returns_the_item_when_asked(embedded: Any) -> None:
    # given
    table, dynamodb = new_table(embedded), embedded.client("dynamodb")
    assert claim(dynamodb, table, "a", "first")
    # when
    with pytest.raises(ClientError) as failed:
        dynamodb.update_item(
            TableName=table,
            Key={"jobId": {"S": "a"}},
            UpdateExpression="SET worker = :worker",
            ConditionExpression="attribute_not_exists(worker)",
            ExpressionAttributeValues={":worker": {"S": "second"}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    # then
    assert failed.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    response: Any = failed.value.response
    assert response["Item"] == {"jobId": {"S": "a"}, "worker": {"S": "first"}}
