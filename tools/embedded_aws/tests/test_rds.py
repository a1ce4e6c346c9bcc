"""Parameters of databases, against stock moto."""

import uuid
from typing import Any


def sources_of_parameters(aws: Any) -> dict[str, Any]:
    """Who set each parameter of a group, as RDS says, after one was set twice."""
    rds, name = aws.client("rds"), f"g-{uuid.uuid4().hex}"
    rds.create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily="postgres17", Description="x"
    )
    for value in ("ddl", "none"):
        setting = {"ParameterName": "log_statement", "ParameterValue": value, "ApplyMethod": "immediate"}
        rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=[setting])
    told = rds.describe_db_parameters(DBParameterGroupName=name)["Parameters"]
    return {each["ParameterName"]: (each["ParameterValue"], each.get("Source")) for each in told}


def test_a_parameter_that_a_user_set_is_said_to_be_a_users(embedded: Any, stock: Any) -> None:
    assert sources_of_parameters(embedded) == {"log_statement": ("none", "user")}
    assert sources_of_parameters(stock) == {"log_statement": ("none", None)}
