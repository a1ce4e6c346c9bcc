"""Conditional writes to the ledger's table, each one UpdateItem."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from job_contract import JobState, LedgerRecord, record_from_item

from background_job.aws import away_as_unavailable, error_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_STATES = {str(state): str(state) for state in JobState}


class Table:
    """The table behind the ledger, through one client."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def update(
        self,
        job_id: str,
        *,
        sets: Mapping[str, str | int],
        condition: str,
        values: Mapping[str, str | int],
        formulas: Mapping[str, str] | None = None,
    ) -> tuple[bool, LedgerRecord]:
        """One conditional UpdateItem: (True, the record now) or (False, the record that stood against it).

        `sets` gives attributes values, `formulas` gives them expressions. `condition` and the formulas name
        an attribute as `#name` and a value as `:name`: one of `values` or `sets`, a state, `:zero` or `:one`.
        Raises Unavailable while DynamoDB is away.
        """
        assignments = {name: f":{name}" for name in sets} | dict(formulas or {})
        update = "SET " + ", ".join(f"#{name} = {formula}" for name, formula in assignments.items())
        pool: dict[str, str | int] = {**_STATES, "zero": 0, "one": 1, **sets, **values}
        text = f"{update} {condition}"
        with away_as_unavailable("The ledger"):
            try:
                answer = self._client.update_item(
                    TableName=self._name,
                    Key={"jobId": {"S": job_id}},
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={f"#{name}": name for name in _names(text, "#")},
                    ExpressionAttributeValues={f":{name}": _typed(pool[name]) for name in _names(text, ":")},
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return False, self._standing(job_id, error)
        return True, record_from_item(answer["Attributes"])

    def _standing(self, job_id: str, error: ClientError) -> LedgerRecord:
        """The record that a condition failed on; one without a trace (its TTL has passed) holds no lease."""
        item: Any = error.response.get("Item")
        if item:
            return record_from_item(item)
        return LedgerRecord(job_id=job_id, job_type="", fingerprint="", state=JobState.RETRYING)


# The texts are those of the ledger's dozen writes.
@lru_cache(maxsize=256)
def _names(text: str, sign: str) -> frozenset[str]:
    return frozenset(re.findall(sign + r"(\w+)", text))


def _typed(value: str | int) -> Any:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
