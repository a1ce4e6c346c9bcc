"""Tags of scalable targets, against stock moto."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError


def tags_of_a_target(aws: Any) -> dict[str, str]:
    scaling = aws.client("application-autoscaling")
    table = f"table/{uuid.uuid4().hex}"
    arn = scaling.register_scalable_target(
        ServiceNamespace="dynamodb",
        ResourceId=table,
        ScalableDimension="dynamodb:table:ReadCapacityUnits",
        MinCapacity=1,
        MaxCapacity=2,
        Tags={"a": "1", "b": "2"},
    )["ScalableTargetARN"]
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    scaling.tag_resource(ResourceARN=arn, Tags={"c": "3"})
    tags: dict[str, str] = scaling.list_tags_for_resource(ResourceARN=arn)["Tags"]
    return tags


def test_scalable_targets_have_tags(embedded: Any, stock: Any) -> None:
    assert tags_of_a_target(embedded) == {"b": "2", "c": "3"}
    with pytest.raises(ClientError):
        tags_of_a_target(stock)
