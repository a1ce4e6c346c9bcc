"""The API described as OpenAPI 3.1, for clients and for the tests that fuzz it."""

from typing import Any

from job_contract import NEVER_STORED, TIME_KEY

from http_intake.settings import Settings
from http_intake.submission import MAX_TICKS

Schema = dict[str, Any]


def document(settings: Settings) -> Schema:
    """The whole document, with this service's own limits."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "HTTP intake",
            "version": "1.0.0",
            "description": "Takes a submission, queues it, and answers once the queue has it.",
        },
        "paths": {
            "/submit": {"post": _submit(settings)},
            "/health": {"get": _status("Whether the process lives.", "ok")},
            "/ready": {"get": _status("Whether a submission could be taken now.", "ready", away=True)},
            "/openapi.json": {"get": _this_document()},
        },
        "components": {
            "schemas": {
                "Submission": _submission_schema(),
                "Accepted": _object({"message": {"type": "string", "const": "Payload accepted and queued."}}),
                "Refused": _object({"message": {"type": "string"}, "field": {"type": "string"}}, "message"),
            }
        },
    }


def _submit(settings: Settings) -> Schema:
    accepted = _answer("The queue has it.", "Accepted") | {
        "headers": {"Job-Id": {"schema": {"type": "string"}, "description": "The object's name begins so."}}
    }
    return {
        "operationId": "submit",
        "summary": "Have a submission stored.",
        "requestBody": {
            "required": True,
            "description": f"At most {settings.max_body_bytes} bytes.",
            "content": {"application/json": {"schema": _ref("Submission")}},
        },
        "responses": {
            "200": accepted,
            "401": _answer("The token is wrong.", "Refused"),
            "408": _answer("The body did not arrive in time.", "Refused"),
            "413": _answer("The body is too large.", "Refused"),
            "422": _answer("A field is wrong; `field` names it.", "Refused"),
            "503": _away(),
        },
    }


def _submission_schema() -> Schema:
    time = {
        "description": "ISO 8601 (UTC where no zone is named), or ticks since 1970 in s, ms, us or ns.",
        "anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "date"},
            {"type": "string", "pattern": "^[0-9]{9,18}$"},
            {"type": "number", "minimum": 0, "maximum": MAX_TICKS},
        ],
    }
    return {
        "type": "object",
        "required": [NEVER_STORED, TIME_KEY],
        "properties": {NEVER_STORED: {"type": "string", "minLength": 1, "writeOnly": True}, TIME_KEY: time},
        "additionalProperties": True,
        "description": "Other fields are stored as they are, but for those named token, at any depth.",
    }


def _status(summary: str, word: str, *, away: bool = False) -> Schema:
    said = _object({"status": {"type": "string", "const": word}})
    yes = {"description": "Yes.", "content": {"application/json": {"schema": said}}}
    return {"summary": summary, "responses": {"200": yes} | ({"503": _away()} if away else {})}


def _this_document() -> Schema:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {"summary": "This document.", "responses": {"200": {"description": "It.", "content": content}}}


def _away() -> Schema:
    seconds = {"schema": {"type": "integer"}, "description": "Seconds after which to try again."}
    return _answer("SQS or SSM is away.", "Refused") | {"headers": {"Retry-After": seconds}}


def _answer(description: str, schema: str) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Schema, *required: str) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required or properties)}
