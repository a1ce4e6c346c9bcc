"""What moto gets wrong and this product depends on, one module for each AWS service.

Each module's `apply()` changes moto in place. A test shows each defect on stock moto: when it no longer
shows there, delete the fix.
"""

from importlib import import_module

# In this order; listed by name so that a missing or misspelt module stops the start.
MODULES = (
    "iam",
    "sqs",
    "logs",
    "events",
    "application_autoscaling",
    "ecs",
    "kms",
    "ec2",
    "rds",
    "cloudfront",
)


def apply_all() -> None:
    """Apply every fix. Call it once, before the first request."""
    for name in MODULES:
        import_module(f"embedded_aws.fixes.{name}").apply()
