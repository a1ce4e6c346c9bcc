"""IAM: who may do what. Each module here mends one thing; see their docstrings."""

from embedded_aws.fixes.iam import judging, statements, web_identity


def apply() -> None:
    """Apply all of them. Judging itself is on only with --enforce-iam, or after POST /moto-api/reset-auth."""
    statements.apply()
    judging.apply()
    web_identity.apply()
