"""Who an access key belongs to."""

import functools

from embedded_aws.calls import ACCOUNT


@functools.cache
def principal(access_key: str) -> str:
    """The ARN of the user, or of the role's session; empty for the account's root, and for nobody.

    Remembered for ever: a key never changes hands, and none is used before it is made.
    """
    from moto.iam.models import iam_backends  # noqa: PLC0415  (a second; the access log opens before that)
    from moto.sts.models import sts_backends  # noqa: PLC0415

    for role in list(sts_backends[ACCOUNT]["aws"].assumed_roles):
        if role.access_key_id == access_key:
            return str(role.arn)
    for user in list(iam_backends[ACCOUNT]["aws"].users.values()):
        if any(key.access_key_id == access_key for key in user.access_keys):
            return str(user.arn)
    return ""
