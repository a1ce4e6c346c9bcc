"""Answers for requests that moto itself cannot answer."""

import json
from typing import Any
from xml.sax.saxutils import escape

Answer = tuple[str, list[tuple[str, str]], bytes]


def not_implemented(environ: dict[str, Any], message: str) -> Answer:
    """501: SDKs and Terraform give up at once, where moto's 500 makes them retry for minutes."""
    return _answer(environ, "501 Not Implemented", "NotImplemented", f"embedded AWS: {message}")


def internal_error(environ: dict[str, Any]) -> Answer:
    """500, as AWS answers when it broke; the log has the traceback."""
    message = "embedded AWS failed; its log says why"
    return _answer(environ, "500 Internal Server Error", "InternalFailure", message)


def _answer(environ: dict[str, Any], status: str, code: str, message: str) -> Answer:
    speaks_json = "json" in environ.get("CONTENT_TYPE", "") or "HTTP_X_AMZ_TARGET" in environ
    if speaks_json:
        headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-errortype", code)]
        return status, headers, json.dumps({"__type": code, "message": message}).encode()
    error = f"<Error><Type>Receiver</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    if "form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        error = f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>"
    return status, [("Content-Type", "text/xml")], error.encode()
