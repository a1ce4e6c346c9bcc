"""A bucket that CloudFront reads without signing is one that everybody reads, past its headers."""

from plan_policy import PlanPolicy
from policy_documents.plan import Json, Plan, Resource, Unknown

_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


class BucketsAnswerCloudFrontAlone(PlanPolicy):
    """Holds for every distribution that has a bucket behind it."""

    id = "CKV_JOBS_15"
    sentence = "CloudFront reads a bucket by origin access control, and the bucket is closed to the public"
    resource_types = ("aws_cloudfront_distribution",)

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Looks at each origin in the code, as a first plan does not know the names of what it makes."""
        origins = resource.expression("origin")
        if not isinstance(origins, list) or len(origins) != len(resource.values.get("origin") or []):
            raise Unknown(f"the code of {resource.address} makes its origins in a loop; write each one")
        return [
            reason
            for origin in origins
            for bucket in self._buckets(resource, origin, plan)
            for reason in [*self._of_access(resource, origin, plan), *self._of_public(bucket, plan)]
        ]

    def _buckets(self, distribution: Resource, origin: Json, plan: Plan) -> list[Resource]:
        """The buckets behind an origin; none where it is something else."""
        name = str(origin["domain_name"].get("constant_value", ""))
        if ".s3." in name or ".s3-" in name:
            raise Unknown(f"the bucket {name} of {distribution.address} is not in this plan")
        sources = plan.followed(distribution, origin["domain_name"].get("references", []))
        found = [source for source in sources if source.type.startswith("aws_s3_bucket")]
        return [
            bucket
            for source in found
            for bucket in ([source] if source.type == "aws_s3_bucket" else plan.referred(source, "bucket"))
        ]

    def _of_access(self, distribution: Resource, origin: Json, plan: Plan) -> list[str]:
        if origin.get("custom_origin_config"):
            return [
                "it reads the bucket as a website, which is public; give origin_access_control_id instead"
            ]
        references = origin.get("origin_access_control_id", {}).get("references", [])
        controls = plan.followed(distribution, references)
        if not controls:
            return ["it asks the bucket without signing; give origin_access_control_id"]
        return [
            f"{control.address} does not always sign; set signing_behavior to always"
            for control in controls
            if control.values.get("signing_behavior") != "always"
        ]

    def _of_public(self, bucket: Resource, plan: Plan) -> list[str]:
        for block in plan.of_type("aws_s3_bucket_public_access_block"):
            if bucket in plan.referred(block, "bucket") and all(block.values.get(name) for name in _BLOCKS):
                return []
        return [
            f"{bucket.address} is not closed to the public; give it an aws_s3_bucket_public_access_block "
            "with all four settings"
        ]


BucketsAnswerCloudFrontAlone()
