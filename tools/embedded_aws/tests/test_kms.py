"""Keys that are disabled or pending deletion are of no use, as with KMS."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Use = Callable[[Any, str], Callable[[], object]]


def _queue(aws: Any, key: str) -> str:
    url: str = aws.queue(KmsMasterKeyId=key)
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="before")
    return url


def _send(aws: Any, key: str) -> Callable[[], object]:
    url = _queue(aws, key)
    return lambda: aws.client("sqs").send_message(QueueUrl=url, MessageBody="x")


def _send_batch(aws: Any, key: str) -> Callable[[], object]:
    url, entries = _queue(aws, key), [{"Id": "a", "MessageBody": "a"}]
    return lambda: aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)


def _receive(aws: Any, key: str) -> Callable[[], object]:
    url = _queue(aws, key)
    return lambda: aws.client("sqs").receive_message(QueueUrl=url)


def _encrypt(aws: Any, key: str) -> Callable[[], object]:
    return lambda: aws.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def _data_key(aws: Any, key: str) -> Callable[[], object]:
    return lambda: aws.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")


def _decrypt(aws: Any, key: str) -> Callable[[], object]:
    blob = aws.client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    return lambda: aws.client("kms").decrypt(CiphertextBlob=blob)


def _bucket(aws: Any, key: str) -> str:
    name = f"bucket-{key}"
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=name, Key="a", Body=b"before")
    return name


def _put(aws: Any, key: str) -> Callable[[], object]:
    bucket = _bucket(aws, key)
    return lambda: aws.client("s3").put_object(Bucket=bucket, Key="b", Body=b"x")


def _get(aws: Any, key: str) -> Callable[[], object]:
    bucket = _bucket(aws, key)
    return lambda: aws.client("s3").get_object(Bucket=bucket, Key="a")


# How each is used, and how the service says that the key is pending deletion, or disabled.
KMS = ("KMSInvalidStateException", "DisabledException")
SQS = ("KmsInvalidState", "KmsDisabled")
S3 = ("KMS.KMSInvalidStateException", "KMS.DisabledException")
USES = [
    *[(use, *KMS) for use in (_encrypt, _data_key, _decrypt)],
    *[(use, *SQS) for use in (_send, _send_batch, _receive)],
    *[(use, *S3) for use in (_put, _get)],
]


@pytest.mark.parametrize(("use", "pending", "disabled"), USES)
def test_a_key_pending_deletion_is_refused_until_it_is_enabled_again(
    use: Use, pending: str, disabled: str, embedded: Any
) -> None:
    kms = embedded.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    call = use(embedded, key)
    call()

    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    with pytest.raises(ClientError, match=rf"\({pending}\).*{key} is pending deletion\."):
        call()
    # AWS, too, leaves a key that was saved disabled.
    kms.cancel_key_deletion(KeyId=key)
    with pytest.raises(ClientError, match=rf"\({disabled}\).*{key} is disabled\."):
        call()
    kms.enable_key(KeyId=key)
    call()


@pytest.mark.parametrize("use", [_encrypt, _send, _put])
def test_stock_moto_uses_a_key_pending_deletion(use: Use, stock: Any) -> None:
    kms = stock.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    call = use(stock, key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    call()


def test_a_key_is_disabled_and_saved_by_its_arn_too(embedded: Any, stock: Any) -> None:
    for aws, works in ((embedded, True), (stock, False)):
        kms = aws.client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        for step in ("disable_key", "schedule_key_deletion", "cancel_key_deletion", "enable_key"):
            if works:
                getattr(kms, step)(KeyId=key)
            else:
                with pytest.raises(ClientError, match="500"):
                    getattr(kms, step)(KeyId=key)


def test_messages_that_were_accepted_are_there_when_the_key_is_back(embedded: Any) -> None:
    kms, sqs = embedded.client("kms"), embedded.client("sqs")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    url = _queue(embedded, f"arn:aws:kms:us-east-1:123456789012:key/{key}")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    with pytest.raises(ClientError, match="KmsInvalidState"):
        sqs.receive_message(QueueUrl=url)
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ["before"]
