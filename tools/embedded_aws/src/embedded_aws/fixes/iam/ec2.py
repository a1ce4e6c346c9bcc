"""EC2: what a request makes, and what it changes, each with its tags.

What moto gets wrong: it judges every EC2 request against `*` and ignores conditions on tags, so a policy for
what carries certain tags is one for everything. Here, as on AWS, a new resource is judged with the tags that
the request gives it, an existing one with those it has, and tags on a new one need ec2:CreateTags.
"""

import re
from typing import Any

from embedded_aws.fixes.iam.conditions import Context

# Operation -> type of what it makes (service authorization reference of EC2).
MADE = {
    "AllocateAddress": "elastic-ip",
    "AuthorizeSecurityGroupEgress": "security-group-rule",
    "AuthorizeSecurityGroupIngress": "security-group-rule",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
}
TYPES = {
    "eipalloc": "elastic-ip",
    "fl": "vpc-flow-log",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
ID = re.compile(rf"({'|'.join(TYPES)}|rtbassoc)-[0-9a-f]+")
Judged = tuple[str, str, Context]  # action, resource, condition keys


def judged(response: Any, operation: str) -> list[Judged]:
    """Everything that the request is judged by; reading is judged against `*`."""
    action, given = f"ec2:{operation}", {key: str(value[0]) for key, value in response.querystring.items()}
    if operation.startswith("Describe"):
        return [(action, "*", {})]
    found = [(action, *_existing(response, one)) for one in _ids(response, operation, given)]
    if operation in ("CreateTags", "DeleteTags"):
        asked = _requested(given, r"Tag\.\d+")
        return [(one, arn, tags | asked) for one, arn, tags in found]
    if operation in MADE:
        new, tags = (
            _arn(response, MADE[operation], "*"),
            _requested(given, r"TagSpecification\.\d+\.Tag\.\d+"),
        )
        if tags or MADE[operation] != "security-group-rule":
            found.append((action, new, tags))
        if tags:
            found.append(("ec2:CreateTags", new, tags | {"ec2:createaction": [operation]}))
    return found or [(action, "*", {})]


def _ids(response: Any, operation: str, given: dict[str, str]) -> list[str]:
    named = sorted({value for value in given.values() if ID.fullmatch(value)})
    if operation.startswith("Revoke"):
        named = [one for one in named if not one.startswith("sgr-")]  # judged by its security group alone
    return [_table_of(response, one) if one.startswith("rtbassoc") else one for one in named]


def _table_of(response: Any, association: str) -> str:
    """A route table's association has no tags: its table is judged."""
    for table in response.ec2_backend.route_tables.values():
        if association in table._associations:
            return str(table.id)
    return "rtb-0"


def _existing(response: Any, one: str) -> tuple[str, Context]:
    tags = response.ec2_backend.tags.get(one, {})
    keys: Context = {f"aws:resourcetag/{name.lower()}": [str(value)] for name, value in tags.items()}
    return _arn(response, TYPES[one.partition("-")[0]], one), keys


def _requested(given: dict[str, str], place: str) -> Context:
    names = {key: value for key, value in given.items() if re.fullmatch(rf"{place}\.Key", key)}
    return {
        f"aws:requesttag/{name.lower()}": [given.get(key.removesuffix("Key") + "Value", "")]
        for key, name in names.items()
    }


def _arn(response: Any, kind: str, name: str) -> str:
    return f"arn:{response.partition}:ec2:{response.region}:{response.current_account}:{kind}/{name}"
