"""The one thing that Terraform cannot make for itself: the bucket that holds its state."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from deployment.aws_errors import error_code
from deployment.errors import ToolError
from deployment.product import product

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType

# Where a bucket is made without a location constraint.
_HOME_REGION = "us-east-1"


def state_bucket_name(account_id: str) -> str:
    """The state bucket of an account; the roots get it as `-backend-config=bucket=...`."""
    return f"{product().project_name}-state-{account_id}"


def ensure_state_bucket(s3: "S3Client", account_id: str, region: str) -> str:
    """Makes the state bucket when it is missing, private and versioned; returns its name.

    Safe to repeat: an existing bucket of this account gets the same settings again. Its policy (TLS only) and
    its lifecycle belong to the root `shared`. Raises ToolError when the name belongs to somebody else.
    """
    bucket = state_bucket_name(account_id)
    if not bucket_exists(s3, bucket, account_id):
        _create(s3, bucket, region)
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    # State that was overwritten by mistake can be brought back.
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def bucket_exists(s3: "S3Client", bucket: str, account_id: str, key: str | None = None) -> bool:
    """Whether the account has the bucket. Raises ToolError when it exists and may not be used.

    With a key it asks for names like that one alone: the roles of GitHub's jobs may ask no more.
    """
    try:
        if key is None:
            s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account_id)
        else:
            s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner=account_id, Prefix=key, MaxKeys=1)
    except ClientError as error:
        if error_code(error) in {"404", "NoSuchBucket"}:
            return False
        if error_code(error) in {"403", "AccessDenied"}:
            raise ToolError(
                f"The bucket {bucket} exists, but account {account_id} may not use it; "
                "check who owns it and what these credentials may do."
            ) from None
        raise
    return True


def _create(s3: "S3Client", bucket: str, region: str) -> None:
    if region == _HOME_REGION:
        s3.create_bucket(Bucket=bucket)
        return
    location: BucketLocationConstraintType = region  # type: ignore[assignment]
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": location})
