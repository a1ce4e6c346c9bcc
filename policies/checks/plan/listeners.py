"""Plain text shows passwords and sessions to every network on the way, certificate or not."""

import re
from typing import Any

from plan_policy import PlanPolicy
from policy_documents.plan import Plan, Resource

_SECURE = {"HTTPS", "TLS"}
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
_MODERN = re.compile(r"ELBSecurityPolicy-TLS13-1-[23]-[\w-]+|ELBSecurityPolicy-FS-1-2-Res-[\w-]+")
_CERTIFICATE = re.compile(r"arn:[a-z-]+:(?:acm:[^\"]*:certificate/|iam:[^\"]*:server-certificate/)")


class CertificatesAreUsed(PlanPolicy):
    """Holds for every listener: plain ones where there is a certificate, and what those with TLS agree to."""

    id = "CKV_JOBS_14"
    sentence = "Where a certificate is given, listeners serve by TLS 1.2 or later alone"
    resource_types = ("aws_lb_listener", "aws_alb_listener")

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """A plain listener may redirect; where no certificate is anywhere in the root, it may serve."""
        protocol = resource.known("protocol")
        if protocol in _SECURE:
            return self._of_protocols(resource)
        given = self._certificate(resource, plan)
        if protocol not in {"HTTP", "TCP", None} or given is None:
            return []
        return [
            f"{server.address} serves in plain text, though there is {given}; redirect it to HTTPS"
            for server in [resource, *self._rules(resource, plan)]
            if not _only_redirects(server)
        ]

    def _of_protocols(self, listener: Resource) -> list[str]:
        policy = listener.known("ssl_policy")
        if policy and _MODERN.fullmatch(policy):
            return []
        return [
            f"its ssl_policy is {policy or 'not set, and AWS takes one of 2016'}: clients may take an older "
            "TLS; take ELBSecurityPolicy-TLS13-1-2-2021-06"
        ]

    def _certificate(self, listener: Resource, plan: Plan) -> str | None:
        """What tells that there is one: a secure listener beside it, a resource, or a variable."""
        balancer = _balancer(listener, plan)
        for other in plan.of_type(*self.resource_types):
            if other.values.get("protocol") in _SECURE and _balancer(other, plan) == balancer:
                return f"the certificate of {other.address}"
        for certificate in plan.of_type("aws_acm_certificate"):
            return certificate.address
        for name, variable in (plan.document.get("variables") or {}).items():
            if _CERTIFICATE.search(str(variable.get("value"))):
                return f"one in variable {name}"
        return None

    def _rules(self, listener: Resource, plan: Plan) -> list[Resource]:
        """The rules of a listener; one whose code leads to a secure listener, too, is taken to be of that."""
        rules = plan.of_type("aws_lb_listener_rule", "aws_alb_listener_rule")
        of_rules = [(rule, plan.referred(rule, "listener_arn")) for rule in rules]
        return [
            rule
            for rule, listeners in of_rules
            if listener in listeners and not any(item.values.get("protocol") in _SECURE for item in listeners)
        ]


def _balancer(listener: Resource, plan: Plan) -> object:
    """Which load balancer it is of: by reference where the plan makes it, by ARN otherwise."""
    referred = [item.address for item in plan.referred(listener, "load_balancer_arn")]
    return referred or listener.known("load_balancer_arn")


def _only_redirects(server: Resource) -> bool:
    block = "default_action" if "listener_rule" not in server.type else "action"
    actions = server.known(block) or []
    return bool(actions) and all(_is_redirect(action) for action in actions)


def _is_redirect(action: dict[str, Any]) -> bool:
    redirects = action.get("redirect") or []
    return action.get("type") == "redirect" and all(item.get("protocol") == "HTTPS" for item in redirects)


CertificatesAreUsed()
