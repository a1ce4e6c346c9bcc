"""Rules of security groups and launch templates, against stock moto."""

import uuid
from typing import Any


def descriptions(aws: Any) -> set[str | None]:
    """What EC2 gives back of the descriptions of two rules: for a group, and for a range."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    database, client = (
        ec2.create_security_group(GroupName=uuid.uuid4().hex, Description="x", VpcId=vpc)["GroupId"]
        for _ in range(2)
    )
    port = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    ec2.authorize_security_group_ingress(
        GroupId=database,
        IpPermissions=[
            {**port, "UserIdGroupPairs": [{"GroupId": client, "Description": "from a group"}]},
            {**port, "IpRanges": [{"CidrIp": "10.0.0.0/24", "Description": "from a range"}]},
        ],
    )
    told = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [database]}])
    return {rule.get("Description") for rule in told["SecurityGroupRules"] if not rule["IsEgress"]}


def test_a_rule_for_another_group_gives_its_description_back(embedded: Any, stock: Any) -> None:
    assert descriptions(embedded) == {"from a group", "from a range"}
    assert descriptions(stock) == {None, "from a range"}


def tagged_by_template(aws: Any) -> tuple[list[str], list[str]]:
    """What a template says that it tags when it launches, and its own tags."""
    ec2 = aws.client("ec2")
    name = uuid.uuid4().hex
    tags = [{"Key": "Name", "Value": "shop"}]
    made = ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={"TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
    )["LaunchTemplate"]
    [version] = ec2.describe_launch_template_versions(LaunchTemplateName=name)["LaunchTemplateVersions"]
    launched = [each["ResourceType"] for each in version["LaunchTemplateData"]["TagSpecifications"]]
    return launched, [each["Key"] for each in made["Tags"]]


def test_a_launch_template_tags_what_it_launches_and_not_a_template(embedded: Any, stock: Any) -> None:
    assert tagged_by_template(embedded) == (["instance"], ["Name"])
    assert tagged_by_template(stock) == (["instance", "launch-template"], ["Name"])
