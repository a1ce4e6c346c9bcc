"""CloudFront.

What moto gets wrong:
- It has no policies on response headers: a distribution with security headers cannot be made.
- A distribution forgets by which access control its origins are asked; it says that it has certificates
  named "", and that it forwards values where a cache policy decides on that. Terraform plans to change all
  three for ever.

What visitors get cannot be seen here: none comes.
"""

import functools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.cloudfront import urls
from moto.cloudfront.exceptions import CloudFrontException, InvalidIfMatchVersion
from moto.cloudfront.models import DefaultCacheBehaviour, Origin, ViewerCertificate
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult

_PATHS = ("response-headers-policy$", "response-headers-policy/(?P<policy_id>[^/]+)$")


def apply() -> None:
    """Add the four operations, whose policies live with the backend (an account's); keep what is given."""
    for path in _PATHS:
        urls.url_paths[f"{{0}}/2020-05-31/{path}"] = CloudFrontResponse.dispatch
    CloudFrontResponse.create_response_headers_policy = _create
    CloudFrontResponse.get_response_headers_policy = _get
    CloudFrontResponse.update_response_headers_policy = _update
    CloudFrontResponse.delete_response_headers_policy = _delete
    Origin.__init__ = _with_access_control(Origin.__init__)
    ViewerCertificate.__init__ = _without_empty_names(ViewerCertificate.__init__)
    DefaultCacheBehaviour.__init__ = _by_one_policy(DefaultCacheBehaviour.__init__)


def _with_access_control(stock: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(stock)
    def made(self: Any, origin: dict[str, Any]) -> None:
        stock(self, origin)
        self.origin_access_control_id = origin.get("OriginAccessControlId") or ""

    return made


def _without_empty_names(stock: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(stock)
    def made(self: Any, config: dict[str, Any]) -> None:
        stock(self, config)
        self.iam_certificate_id = config.get("IAMCertificateId") or None
        self.acm_certificate_arn = config.get("ACMCertificateArn") or None
        if self.iam_certificate_id or self.acm_certificate_arn:
            self.cloud_front_default_certificate = False

    return made


def _by_one_policy(stock: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(stock)
    def made(self: Any, config: dict[str, Any]) -> None:
        stock(self, config)
        if self.cache_policy_id:
            self.forwarded_values = None

    return made


def _policies(response: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = response.backend.__dict__.setdefault("response_headers_policies", {})
    return found


def _create(self: Any) -> ActionResult:
    config = self._get_param("ResponseHeadersPolicyConfig")
    _refuse_known_name(self, config["Name"], "")
    return _keep(self, str(uuid.uuid4()), config)


def _get(self: Any) -> ActionResult:
    return ActionResult(_known(self))


def _update(self: Any) -> ActionResult:
    found, config = _for_change(self), self._get_param("ResponseHeadersPolicyConfig")
    policy_id = found["ResponseHeadersPolicy"]["Id"]
    _refuse_known_name(self, config["Name"], policy_id)
    return _keep(self, policy_id, config)


def _delete(self: Any) -> EmptyResult:
    found = _for_change(self)
    policy_id = found["ResponseHeadersPolicy"]["Id"]
    for distribution in self.backend.distributions.values():
        if distribution.distribution_config.DefaultCacheBehavior.response_headers_policy_id == policy_id:
            raise CloudFrontException(
                "ResponseHeadersPolicyInUse", "A distribution uses the response headers policy."
            )
    del _policies(self)[policy_id]
    return EmptyResult()


def _keep(response: Any, policy_id: str, config: dict[str, Any]) -> ActionResult:
    policy = {
        "Id": policy_id,
        "LastModifiedTime": datetime.now(UTC),
        "ResponseHeadersPolicyConfig": config,
    }
    kept = {"ResponseHeadersPolicy": policy, "ETag": uuid.uuid4().hex}
    _policies(response)[policy_id] = kept
    return ActionResult(kept)


def _known(response: Any) -> dict[str, Any]:
    found = _policies(response).get(response._get_param("Id"))
    if found is None:
        raise CloudFrontException(
            "NoSuchResponseHeadersPolicy", "The response headers policy does not exist."
        )
    return found


def _for_change(response: Any) -> dict[str, Any]:
    found = _known(response)
    if response._get_param("IfMatch") != found["ETag"]:
        raise InvalidIfMatchVersion
    return found


def _refuse_known_name(response: Any, name: str, own_id: str) -> None:
    for policy_id, kept in _policies(response).items():
        policy = kept["ResponseHeadersPolicy"]
        if policy["ResponseHeadersPolicyConfig"]["Name"] == name and policy_id != own_id:
            raise CloudFrontException(
                "ResponseHeadersPolicyAlreadyExists", f"There is a response headers policy named {name}."
            )
