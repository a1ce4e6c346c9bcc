"""PutQueryDefinition, DescribeQueryDefinitions, DeleteQueryDefinition: moto has none of them."""

import json
import time
import uuid
from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse


def apply() -> None:
    """Add the three operations; definitions live with the backend (account and region)."""
    LogsResponse.put_query_definition = _put
    LogsResponse.describe_query_definitions = _describe
    LogsResponse.delete_query_definition = _delete


def _definitions(response: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = response.logs_backend.__dict__.setdefault("query_definitions", {})
    return found


def _put(self: Any) -> str:
    definitions, given = _definitions(self), self._get_param("queryDefinitionId")
    if given and given not in definitions:
        raise ResourceNotFoundException("The specified query definition does not exist.")
    definition_id = given or str(uuid.uuid4())
    definitions[definition_id] = {
        "queryDefinitionId": definition_id,
        "queryLanguage": self._get_param("queryLanguage", "CWLI"),
        "name": self._get_param("name"),
        "queryString": self._get_param("queryString"),
        "logGroupNames": self._get_param("logGroupNames", []),
        "lastModified": int(time.time() * 1000),
    }
    return json.dumps({"queryDefinitionId": definition_id})


def _describe(self: Any) -> str:
    prefix = self._get_param("queryDefinitionNamePrefix", "")
    found = [one for one in _definitions(self).values() if one["name"].startswith(prefix)]
    return json.dumps({"queryDefinitions": sorted(found, key=lambda one: str(one["name"]))})


def _delete(self: Any) -> str:
    found = _definitions(self).pop(self._get_param("queryDefinitionId"), None)
    return json.dumps({"success": found is not None})
