"""The roles of the running stack, as IAM has them."""

from functools import cached_property
from typing import Any

import boto3
from authorization_table import EXECUTION, SERVICES, Place
from botocore.config import Config
from deployment.product import product

REGION = product().aws_region
WHO = (*SERVICES, *(f"{service}{EXECUTION}" for service in SERVICES))


class AppliedRoles:
    """Of the stack behind an endpoint; roles go by the names of policies/authorization/service_calls.json."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, **credentials: str) -> Any:
        """A client of the account's root, or of whoever the credentials belong to."""
        keys = credentials or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        name = (service, keys["aws_access_key_id"])
        if name not in self._clients:
            make: Any = boto3.client
            place = {"endpoint_url": self.stack.endpoint, "region_name": REGION}
            config = Config(retries={"total_max_attempts": 1})
            self._clients[name] = make(service, **place, **keys, config=config)
        return self._clients[name]

    @cached_property
    def place(self) -> Place:
        """Where the stack is."""
        account = str(self.client("sts").get_caller_identity()["Account"])
        outputs = self.stack.outputs
        prefix = outputs["ecs_cluster_name"].removesuffix("-cluster")
        return Place(prefix, account, REGION, outputs["kms_key_arn"])

    def name(self, who: str) -> str:
        """The role's name."""
        return f"{self.place.prefix}-{who}" + ("" if who.endswith(EXECUTION) else "-task")

    def arn(self, who: str) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{self.place.account}:role/{self.name(who)}"

    def trust(self, who: str) -> Any:
        """Its trust policy."""
        return self.client("iam").get_role(RoleName=self.name(who))["Role"]["AssumeRolePolicyDocument"]

    def policies(self, who: str) -> dict[str, Any]:
        """Its policies by name; it has no others attached."""
        iam, name = self.client("iam"), self.name(who)
        assert not iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"], name
        names = iam.list_role_policies(RoleName=name)["PolicyNames"]
        return {
            policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in names
        }

    def credentials(self, who: str) -> dict[str, str]:
        """Temporary ones, as ECS gives them to a task."""
        taken = self.client("sts").assume_role(RoleArn=self.arn(who), RoleSessionName="test")["Credentials"]
        return {
            "aws_access_key_id": taken["AccessKeyId"],
            "aws_secret_access_key": taken["SecretAccessKey"],
            "aws_session_token": taken["SessionToken"],
        }
