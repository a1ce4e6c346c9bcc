"""AssumeRoleWithWebIdentity under enforcement: the role's trust policy decides, by the claims of the token.

What moto gets wrong: it gives anybody any role. Here the issuer must be an OIDC provider of the account,
the audience one of its clients, and the trust policy must let these claims in. The signature is not checked,
for the issuer's keys are out of reach: whoever reaches the emulator can write a token.
"""

import base64
import json
from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import iam_backends
from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse

from embedded_aws.fixes.iam.conditions import Context
from embedded_aws.fixes.iam.statements import set_request

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
# and, of GitHub's claims, https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
CLAIMS = (
    "actor", "actor_id", "aud", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository",
    "repository_id", "sub", "workflow",
)  # fmt: skip
ACTION = "sts:AssumeRoleWithWebIdentity"


def apply() -> None:
    """Ask before moto hands out credentials."""
    stock = TokenResponse.assume_role_with_web_identity

    def assume_role_with_web_identity(self: Any) -> Any:
        if ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT:
            _judge(self)
        return stock(self)

    TokenResponse.assume_role_with_web_identity = assume_role_with_web_identity


def _judge(response: Any) -> None:
    claims = _claims(str(response._get_param("WebIdentityToken") or ""))
    backend = iam_backends[response.current_account][response.partition]
    issuer = str(claims.get("iss", "")).removeprefix("https://")
    provider = next((one for one in backend.open_id_providers.values() if one.url == issuer), None)
    if provider is None:
        raise STSClientError("InvalidIdentityToken", "No OpenIDConnect provider found in your account")
    if claims.get("aud") not in provider.client_id_list:
        raise STSClientError("InvalidIdentityToken", "Incorrect token audience")
    wanted = response._get_param("RoleArn")
    role = next((one for one in backend.roles.values() if one.arn == wanted), None)
    set_request(_context(issuer, claims), {provider.arn})
    if role is None or not _trusts(role):
        raise STSClientError("AccessDenied", f"Not authorized to perform {ACTION}")


def _trusts(role: Any) -> bool:
    trust = IAMPolicy(role.assume_role_policy_document)
    return bool(trust.is_action_permitted(ACTION) == PermissionResult.PERMITTED)


def _context(issuer: str, claims: dict[str, Any]) -> Context:
    return {f"{issuer}:{name}": [str(claims[name])] for name in CLAIMS if name in claims}


def _claims(token: str) -> dict[str, Any]:
    """The claims of a JSON Web Token, whoever signed it."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        raise STSClientError("InvalidIdentityToken", "The token is not a JSON Web Token") from None
    return claims if isinstance(claims, dict) else {}
