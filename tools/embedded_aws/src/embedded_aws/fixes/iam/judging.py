"""Judging requests when IAM is enforced.

What moto gets wrong: it judges API names instead of IAM actions, most services without their resource,
and a request as if it had no condition keys; JSON services get its denials as XML, which no SDK
understands. There is also no way to start: nobody can make the first
user. Here an access key that does not look like one (`test`) is the account's root and may do everything.
"""

import re
from datetime import UTC, datetime
from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import JsonRESTError
from moto.s3.responses import S3Response
from moto.sts.models import sts_backends
from werkzeug.exceptions import HTTPException

from embedded_aws.fixes.iam.conditions import Context
from embedded_aws.fixes.iam.needs import Need, needs
from embedded_aws.fixes.iam.roles import within_boundary
from embedded_aws.fixes.iam.statements import set_request

ACCESS_KEY = re.compile(r"[A-Z0-9]{16,128}")
# IAM actions carry another prefix than the name that requests are signed for.
PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}
JSON_CODES = {
    "AccessDenied": "AccessDeniedException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
}


def apply() -> None:
    """Replace moto's check of a request, and tell bucket policies who asks."""
    ActionAuthenticatorMixin._authenticate_and_authorize_action = _check
    stock = S3Response.setup_class

    def setup_class(self: Any, *args: Any, **kwargs: Any) -> None:
        stock(self, *args, **kwargs)
        set_request(_context(self), _caller(self) | _root_principals(self))

    S3Response.setup_class = setup_class


def _check(self: Any, iam_request_cls: type, resource: str = "*") -> None:
    if _is_exempt(self):
        return
    try:
        _judge(self, iam_request_cls, resource)
    except HTTPException as error:
        target = self.headers.get("X-Amz-Target")
        if target is None:
            raise
        raise _as_json(error, target) from None


def _judge(self: Any, iam_request_cls: type, resource: str) -> None:
    path = self.raw_path + (f"?{self.parsed_url.query}" if self.parsed_url.query else "")
    request = iam_request_cls(
        account_id=self.current_account,
        method=self.method,
        path=path,
        data=self.data,
        body=self.raw_body,
        headers=self.headers,
        action=self._get_action(),
    )
    request.check_signature()
    for need in needs(self, request._action, resource):
        _check_one(self, request, need)


def _check_one(response: Any, request: Any, need: Need) -> None:
    arn = request._access_key.arn
    caller = _context(response) | {"aws:principalarn": [_role_of(arn)]} | need.context
    set_request(caller, {arn, _role_of(arn)} | _root_principals(response))
    service, _, name = need.action.partition(":")
    request._action = f"{PREFIXES.get(service, service)}:{name}"
    try:
        request.check_action_permitted(need.resource)
        if not within_boundary(request, request._action, need.resource):
            request._raise_access_denied()
    except HTTPException as error:
        error.message = f"{error.message} on resource: {need.resource}"
        raise


def _as_json(error: Any, target: str) -> JsonRESTError:
    """moto's XML error as services with a JSON protocol put it; SQS has codes of its own."""
    code = error.error_type if target.startswith("AmazonSQS.") else JSON_CODES[error.error_type]
    return JsonRESTError(code, error.message)


def _is_exempt(response: Any) -> bool:
    if ActionAuthenticatorMixin.request_count < settings.INITIAL_NO_AUTH_ACTION_COUNT:
        ActionAuthenticatorMixin.request_count += 1
        return True
    if response.headers.get("X-Amz-Target") in ActionAuthenticatorMixin.PUBLIC_OPERATIONS:
        return True
    signed = response.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
    return ACCESS_KEY.fullmatch(signed) is None


def _caller(response: Any) -> set[str]:
    """The ARNs of the role that signed the request; empty for root and for users."""
    backend = sts_backends[response.current_account][response.partition]
    for role in backend.assumed_roles:
        if role.access_key_id == response.access_key:
            return {role.arn, role.role_arn}
    return set()


def _root_principals(response: Any) -> set[str]:
    account = response.current_account
    return {account, f"arn:{response.partition}:iam::{account}:root"}


def _role_of(arn: str) -> str:
    """The role's ARN for an assumed role's, which names the session; others stay as they are."""
    match = re.fullmatch(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/.+", arn)
    return f"arn:{match[1]}:iam::{match[2]}:role/{match[3]}" if match else arn


def _context(response: Any) -> Context:
    """What every request brings. Loopback stands in for TLS."""
    account = response.current_account
    context = {
        "aws:securetransport": ["true"],
        "aws:sourceip": ["127.0.0.1"],
        "aws:requestedregion": [response.region],
        "aws:currenttime": [datetime.now(UTC).isoformat()],
        "aws:principalaccount": [account],
        "aws:resourceaccount": [account],
    }
    for name in ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"):
        if response.headers.get(name):
            context[f"s3:{name}"] = [response.headers[name]]
    return context
