"""KMS: a key that is disabled or pending deletion.

What moto gets wrong: such a key goes on encrypting and decrypting, and a queue or bucket that is encrypted
with it takes and gives messages and objects as ever. A key can be brought there and back by its id alone: its
ARN is answered with a 500.
https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

import functools
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kms.models import KmsBackend, kms_backends
from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response
from moto.sqs.exceptions import SQSException
from moto.sqs.models import SQSBackend

from embedded_aws.fixes.iam import keys

# State of a key -> how KMS says it, and the codes by which KMS and SQS do. S3 puts `KMS.` before that of KMS.
UNUSABLE = {
    "PendingDeletion": ("is pending deletion.", "KMSInvalidStateException", "KmsInvalidState"),
    "Disabled": ("is disabled.", "DisabledException", "KmsDisabled"),
}


class _Refused(Exception):
    """The key cannot be used; it holds the sentence, and KMS's and SQS's code."""


def apply() -> None:
    """Look at the key before it is used."""
    for operation in ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"):
        _take_arns(operation)
    for operation in ("encrypt", "generate_data_key"):
        _before(KmsBackend, operation, _check_given_key)
    _before(KmsBackend, "decrypt", _check_key_of_blob)
    for operation in ("send_message", "send_message_batch", "receive_message"):
        _before(SQSBackend, operation, _check_queue)
    for operation in ("put_object", "get_object"):
        _before(S3Response, operation, _check_bucket)


def _take_arns(operation: str) -> None:
    stock = getattr(KmsBackend, operation)

    @functools.wraps(stock)
    def by_id(self: Any, key_id: str, *args: Any) -> Any:
        return stock(self, self.get_key_id(key_id), *args)

    setattr(KmsBackend, operation, by_id)


def _before(owner: Any, operation: str, check: Any) -> None:
    stock = getattr(owner, operation)

    @functools.wraps(stock)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        check(self, *args, **kwargs)
        return stock(self, *args, **kwargs)

    setattr(owner, operation, checked)


def _refuse_unusable(account: str, region: str, key: str | None) -> None:
    if not key or key.startswith("alias/aws/"):
        return
    backend = kms_backends[account][region]
    found = backend.keys.get(backend.any_id_to_key_id(key))
    if found is not None and found.key_state in UNUSABLE:
        sentence, *codes = UNUSABLE[found.key_state]
        raise _Refused(f"{found.arn} {sentence}", *codes)


def _check_given_key(backend: Any, key_id: str, *_args: Any, **_kwargs: Any) -> None:
    try:
        _refuse_unusable(backend.account_id, backend.region_name, key_id)
    except _Refused as refused:
        sentence, code, _ = refused.args
        raise JsonRESTError(code, sentence) from None


def _check_key_of_blob(backend: Any, ciphertext_blob: bytes, *_args: Any, **_kwargs: Any) -> None:
    # moto's ciphertext begins with the id of its key.
    _check_given_key(backend, ciphertext_blob[:36].decode("ascii", "replace"))


def _check_queue(backend: Any, queue_name: str, *_args: Any, **_kwargs: Any) -> None:
    try:
        key = backend.get_queue(queue_name).kms_master_key_id
        _refuse_unusable(backend.account_id, backend.region_name, key)
    except _Refused as refused:
        sentence, _, code = refused.args
        raise SQSException(code, sentence) from None


def _check_bucket(response: Any, *_args: Any, **_kwargs: Any) -> None:
    try:
        key = keys.of_bucket(response, f"arn:{response.partition}:s3:::{response.bucket_name}")
        _refuse_unusable(response.current_account, response.region, key)
    except _Refused as refused:
        sentence, code, _ = refused.args
        raise S3ClientError(f"KMS.{code}", sentence) from None
