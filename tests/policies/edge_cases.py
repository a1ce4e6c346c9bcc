"""Small plans for the policies on what is reached from outside: databases, listeners, sites."""

from typing import Any

from plan_cases import Case
from small_plans import Planned, changed, refers, small_plan

GROUP = Planned("aws_security_group.this", {"name": "database"}, {"id": True})
IN_GROUP = "aws_security_group.this.id"


def database(**values: Any) -> Planned:
    """A database that is closed, in GROUP."""
    return Planned(
        "aws_db_instance.this",
        {"storage_encrypted": True, "publicly_accessible": False, **values},
        {"vpc_security_group_ids": True},
        {"vpc_security_group_ids": refers(IN_GROUP)},
    )


def rule(label: str = "this", **values: Any) -> Planned:
    """A rule that lets something into GROUP."""
    return Planned(
        f"aws_vpc_security_group_ingress_rule.{label}", values, {}, {"security_group_id": refers(IN_GROUP)}
    )


DATABASE = database()
CLUSTER = Planned(
    "aws_rds_cluster.this", {"storage_encrypted": False}, {}, {"vpc_security_group_ids": refers(IN_GROUP)}
)
DATABASES = [
    Case("closed", small_plan(GROUP, DATABASE, rule(cidr_ipv4="10.0.0.0/16")), {}),
    Case("open only to a group", small_plan(GROUP, DATABASE, rule(cidr_ipv4=None)), {}),
    Case(
        "not encrypted",
        small_plan(GROUP, database(storage_encrypted=False)),
        {DATABASE.address: "storage is not encrypted"},
    ),
    Case(
        "nothing said of encryption",
        small_plan(GROUP, database(storage_encrypted=None)),
        {DATABASE.address: "storage is not encrypted"},
    ),
    Case(
        "encrypted as the apply decides",
        small_plan(
            GROUP, Planned(DATABASE.address, {}, {"storage_encrypted": True}, dict(DATABASE.expressions))
        ),
        {DATABASE.address: "not proven: storage_encrypted of aws_db_instance.this is known after"},
    ),
    Case(
        "a public address",
        small_plan(GROUP, database(publicly_accessible=True)),
        {DATABASE.address: "has a public address"},
    ),
    Case(
        "everybody enters",
        small_plan(GROUP, DATABASE, rule("open", cidr_ipv4="0.0.0.0/0")),
        {DATABASE.address: "aws_vpc_security_group_ingress_rule.open lets everybody in"},
    ),
    Case(
        "everybody enters by IPv6",
        small_plan(GROUP, DATABASE, rule("open", cidr_ipv6="::/0")),
        {DATABASE.address: "aws_vpc_security_group_ingress_rule.open lets everybody in"},
    ),
    Case(
        "everybody enters by the group itself",
        small_plan(changed(GROUP, ingress=[{"cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"]}]), DATABASE),
        {DATABASE.address: "aws_security_group.this lets everybody in"},
    ),
    Case(
        "a group from elsewhere",
        small_plan(
            Planned(
                DATABASE.address,
                {**DATABASE.values, "vpc_security_group_ids": ["sg-1"]},
                {},
                {"vpc_security_group_ids": {"constant_value": ["sg-1"]}},
            )
        ),
        {DATABASE.address: "not proven: its security groups are not all in this plan"},
    ),
    Case("a cluster", small_plan(GROUP, CLUSTER), {CLUSTER.address: "storage is not encrypted"}),
    Case(
        "an instance of a cluster",
        small_plan(Planned("aws_rds_cluster_instance.this", {"publicly_accessible": True})),
        {"aws_rds_cluster_instance.this": "has a public address"},
    ),
]

BALANCER = Planned("aws_lb.this", {"name": "shop"}, {"arn": True})
REDIRECT = {"type": "redirect", "redirect": [{"protocol": "HTTPS", "port": "443"}]}
SERVE = {"type": "forward", "redirect": []}
HTTP, HTTPS = "aws_lb_listener.http", "aws_lb_listener.https"
CERTIFICATE = Planned("aws_acm_certificate.this", {"domain_name": "shop.example.com"})


def listener(address: str, protocol: str, action: dict[str, Any], **values: Any) -> Planned:
    """A listener of BALANCER."""
    return Planned(
        address,
        {"protocol": protocol, "default_action": [action], **values},
        {},
        {"load_balancer_arn": refers("aws_lb.this.arn", "aws_lb.this")},
    )


def given(plan: dict[str, Any], **variables: Any) -> dict[str, Any]:
    """The plan, made with these variables."""
    return {**plan, "variables": {name: {"value": value} for name, value in variables.items()}}


SECURE = listener(HTTPS, "HTTPS", SERVE, ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06")
PLAIN = listener(HTTP, "HTTP", SERVE)
ARN = "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
PLAIN_RULE = Planned(
    "aws_lb_listener_rule.api",
    {"action": [SERVE]},
    {},
    {"listener_arn": refers(f"{HTTP}.arn", HTTP)},
)
LISTENERS = [
    Case("redirects", small_plan(BALANCER, SECURE, listener(HTTP, "HTTP", REDIRECT)), {}),
    Case(
        "no certificate anywhere", given(small_plan(BALANCER, PLAIN), name="shop", certificate_arn=None), {}
    ),
    Case(
        "serves beside one with TLS",
        small_plan(BALANCER, SECURE, PLAIN),
        {HTTP: f"{HTTP} serves in plain text, though there is the certificate of {HTTPS}"},
    ),
    Case(
        "serves though a variable names a certificate",
        given(small_plan(BALANCER, PLAIN), certificate_arn=ARN),
        {HTTP: "though there is one in variable certificate_arn"},
    ),
    Case(
        "serves though a variable names one inside",
        given(small_plan(BALANCER, PLAIN), site={"tls": {"certificate": ARN}}),
        {HTTP: "though there is one in variable site"},
    ),
    Case(
        "serves though the root makes a certificate",
        small_plan(BALANCER, PLAIN, CERTIFICATE),
        {HTTP: "though there is aws_acm_certificate.this"},
    ),
    Case(
        "redirects to plain text",
        small_plan(
            BALANCER, SECURE, listener(HTTP, "HTTP", {**REDIRECT, "redirect": [{"protocol": "HTTP"}]})
        ),
        {HTTP: "serves in plain text"},
    ),
    Case(
        "redirects, but for a rule",
        small_plan(BALANCER, SECURE, listener(HTTP, "HTTP", REDIRECT), PLAIN_RULE),
        {HTTP: "aws_lb_listener_rule.api serves in plain text"},
    ),
    Case(
        "a rule of one or the other",
        small_plan(
            BALANCER,
            SECURE,
            listener(HTTP, "HTTP", REDIRECT),
            Planned(PLAIN_RULE.address, PLAIN_RULE.values, {}, {"listener_arn": refers(HTTP, HTTPS)}),
        ),
        {},
    ),
    Case(
        "beside TLS of another load balancer",
        small_plan(
            Planned(HTTP, {**PLAIN.values, "load_balancer_arn": "arn:one"}),
            Planned(HTTPS, {**SECURE.values, "load_balancer_arn": "arn:two"}),
        ),
        {},
    ),
    Case(
        "old protocols",
        small_plan(BALANCER, changed(SECURE, ssl_policy="ELBSecurityPolicy-2016-08")),
        {HTTPS: "its ssl_policy is ELBSecurityPolicy-2016-08"},
    ),
    Case(
        "protocols that nobody chose",
        small_plan(BALANCER, changed(SECURE, ssl_policy=None)),
        {HTTPS: "its ssl_policy is not set"},
    ),
    Case(
        "protocols that the apply decides",
        small_plan(BALANCER, Planned(HTTPS, {"protocol": "HTTPS"}, {"ssl_policy": True})),
        {HTTPS: "not proven: ssl_policy of aws_lb_listener.https is known after"},
    ),
    Case(
        "a protocol that the apply decides",
        small_plan(BALANCER, Planned(HTTP, {}, {"protocol": True})),
        {HTTP: "not proven: protocol of aws_lb_listener.http is known after"},
    ),
]

SITE = "aws_cloudfront_distribution.this"
BUCKET = Planned("aws_s3_bucket.site", {"bucket": "site"})
CONTROL = Planned("aws_cloudfront_origin_access_control.this", {"signing_behavior": "always"})
CLOSED = Planned(
    "aws_s3_bucket_public_access_block.site",
    dict.fromkeys(
        ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True
    ),
    {},
    {"bucket": refers("aws_s3_bucket.site.id", "aws_s3_bucket.site")},
)
BY_CONTROL = {
    "domain_name": refers("aws_s3_bucket.site.bucket_regional_domain_name", "aws_s3_bucket.site"),
    "origin_access_control_id": refers("aws_cloudfront_origin_access_control.this.id"),
}


def site(*origins: dict[str, Any], planned: int | None = None) -> Planned:
    """A distribution with these origins in its code."""
    count = len(origins) if planned is None else planned
    return Planned(SITE, {"origin": [{}] * count}, {}, {"origin": list(origins)})


SITES = [
    Case("signed and closed", small_plan(BUCKET, CONTROL, CLOSED, site(BY_CONTROL)), {}),
    Case(
        "no bucket behind it",
        small_plan(
            BALANCER, site({"domain_name": refers("aws_lb.this.dns_name"), "custom_origin_config": [{}]})
        ),
        {},
    ),
    Case(
        "not signed",
        small_plan(BUCKET, CLOSED, site({"domain_name": BY_CONTROL["domain_name"]})),
        {SITE: "asks the bucket without signing"},
    ),
    Case(
        "signed unless the visitor signs",
        small_plan(BUCKET, changed(CONTROL, signing_behavior="no-override"), CLOSED, site(BY_CONTROL)),
        {SITE: "aws_cloudfront_origin_access_control.this does not always sign"},
    ),
    Case(
        "the second origin is not signed",
        small_plan(BUCKET, CONTROL, CLOSED, site(BY_CONTROL, {"domain_name": BY_CONTROL["domain_name"]})),
        {SITE: "asks the bucket without signing"},
    ),
    Case(
        "open to the public",
        small_plan(BUCKET, CONTROL, site(BY_CONTROL)),
        {SITE: "aws_s3_bucket.site is not closed to the public"},
    ),
    Case(
        "half open to the public",
        small_plan(BUCKET, CONTROL, changed(CLOSED, restrict_public_buckets=False), site(BY_CONTROL)),
        {SITE: "aws_s3_bucket.site is not closed to the public"},
    ),
    Case(
        "as a website",
        small_plan(
            BUCKET,
            CLOSED,
            Planned(
                "aws_s3_bucket_website_configuration.site",
                {},
                {},
                {"bucket": refers("aws_s3_bucket.site.id", "aws_s3_bucket.site")},
            ),
            site(
                {
                    "domain_name": refers("aws_s3_bucket_website_configuration.site.website_endpoint"),
                    "custom_origin_config": [{}],
                }
            ),
        ),
        {SITE: "reads the bucket as a website"},
    ),
    Case(
        "a bucket from elsewhere",
        small_plan(site({"domain_name": {"constant_value": "site.s3.us-east-1.amazonaws.com"}})),
        {SITE: "not proven: the bucket site.s3.us-east-1.amazonaws.com"},
    ),
    Case(
        "origins in a loop",
        small_plan(BUCKET, CONTROL, CLOSED, site(planned=1)),
        {SITE: "not proven: the code of aws_cloudfront_distribution.this makes its origins in a loop"},
    ),
]
