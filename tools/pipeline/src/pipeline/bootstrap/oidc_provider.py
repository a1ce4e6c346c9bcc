"""GitHub's OIDC provider: an account can have it once, so one that others made is used as it is."""

from typing import Any

from deployment.errors import ToolError

_ISSUER = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"


def foreign_provider(iam: Any, shared_state: dict[str, Any] | None) -> str | None:
    """The ARN of GitHub's provider where it is not the root `shared` that made it.

    Raises ToolError when that provider does not take the tokens that the workflows ask for.
    """
    providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    found = [str(each["Arn"]) for each in providers if each["Arn"].endswith(f":oidc-provider/{_ISSUER}")]
    if not found or found[0] in _made_by_us(shared_state):
        return None
    arn = found[0]
    audiences = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn).get("ClientIDList", [])
    if _AUDIENCE not in audiences:
        raise ToolError(
            f"{arn} does not take tokens for {_AUDIENCE}; add it with `aws iam "
            f"add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {arn} "
            f"--client-id {_AUDIENCE}`."
        )
    return arn


def _made_by_us(state: dict[str, Any] | None) -> set[str]:
    return {
        instance["attributes"]["arn"]
        for resource in (state or {}).get("resources", [])
        if resource["mode"] == "managed" and resource["type"] == "aws_iam_openid_connect_provider"
        for instance in resource["instances"]
    }
