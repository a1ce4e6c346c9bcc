"""Conditional writes to the ledger's table, each one UpdateItem."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError
from job_contract import JobState, LedgerRecord, record_from_item

from background_job.aws import AwayAsUnavailable, error_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONSTANTS = {str(state): {"S": str(state)} for state in JobState} | {"zero": {"N": "0"}, "one": {"N": "1"}}


class Written(NamedTuple):
    """What came of a write. `done`: the condition held; else another record stood against it."""

    done: bool
    job_id: str
    item: dict[str, Any] | None

    @property
    def record(self) -> LedgerRecord:
        """The record now; one without a trace (its TTL has passed) holds no lease."""
        if self.item:
            return record_from_item(self.item)
        return LedgerRecord(job_id=self.job_id, job_type="", fingerprint="", state=JobState.RETRYING)


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
    ) -> Written:
        """One conditional UpdateItem.

        `sets` gives attributes values, `formulas` gives them expressions. `condition` and the formulas name
        an attribute as `#name` and a value as `:name`: one of `values` or `sets`, a state, `:zero` or `:one`.
        Raises Unavailable while DynamoDB is away.
        """
        wording = _wording(tuple(sets), tuple((formulas or {}).items()), condition)
        given: dict[str, Any] = dict(wording.constants)
        for sign, name in wording.values:
            value = sets[name] if name in sets else values[name]
            given[sign] = {"S": value} if isinstance(value, str) else {"N": str(value)}
        with AwayAsUnavailable("The ledger"):
            try:
                answer = self._client.update_item(
                    TableName=self._name,
                    Key={"jobId": {"S": job_id}},
                    UpdateExpression=wording.update,
                    ConditionExpression=condition,
                    ExpressionAttributeNames=wording.names,
                    ExpressionAttributeValues=given,
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                standing: Any = error.response.get("Item")
                return Written(False, job_id, standing)
        return Written(True, job_id, answer["Attributes"])


@dataclass(frozen=True, slots=True)
class _Wording:
    """The texts of one kind of write: its expression, and the names and values that it speaks of."""

    update: str
    names: dict[str, str]
    constants: dict[str, dict[str, str]]
    values: tuple[tuple[str, str], ...]


# The ledger has a dozen kinds of writes.
@lru_cache(maxsize=256)
def _wording(sets: tuple[str, ...], formulas: tuple[tuple[str, str], ...], condition: str) -> _Wording:
    assignments = {name: f":{name}" for name in sets} | dict(formulas)
    update = "SET " + ", ".join(f"#{name} = {formula}" for name, formula in assignments.items())
    text = f"{update} {condition}"
    names = {f"#{name}": name for name in re.findall(r"#(\w+)", text)}
    values = {f":{name}": name for name in re.findall(r":(\w+)", text)}
    given = {sign: name for sign, name in values.items() if name in sets or name not in _CONSTANTS}
    constants = {sign: _CONSTANTS[name] for sign, name in values.items() if sign not in given}
    return _Wording(update, names, constants, tuple(given.items()))
