"""Condition keys of what reads items of a table: which attributes a request names.

What moto gets wrong: it has none of them. AWS counts the key's attributes as named; a request that names no
attributes asks for all of them.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import re
from typing import Any

from embedded_aws.fixes.iam.conditions import Context

READING = ("BatchGetItem", "GetItem", "Query", "Scan")


def item_keys(operation: str, body: dict[str, Any]) -> Context:
    """`dynamodb:Attributes` and `dynamodb:Select` of a request; nothing for those that write.

    `body` is the whole request or, of a batch, what it asks of one table.
    """
    if operation not in READING:
        return {}
    names = body.get("ExpressionAttributeNames") or {}
    paths = [path.strip() for path in str(body.get("ProjectionExpression") or "").split(",") if path.strip()]
    projected = [_top_level(path, names) for path in [*paths, *(body.get("AttributesToGet") or [])]]
    select = body.get("Select") or ("SPECIFIC_ATTRIBUTES" if projected else "ALL_ATTRIBUTES")
    key = {name for key in (body.get("Key"), *(body.get("Keys") or [])) for name in key or {}}
    return {"dynamodb:attributes": sorted({*projected, *key}), "dynamodb:select": [str(select)]}


def _top_level(path: str, names: dict[str, str]) -> str:
    first = re.split(r"[.\[]", path, maxsplit=1)[0]
    return str(names.get(first, first))
