"""Conditional writes, on which Terraform's state lock stands."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError


def put_if_absent(s3: Any, bucket: str, key: str) -> int:
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=b"lock", IfNoneMatch="*")
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return 200


def test_only_one_of_many_threads_creates_a_lock_file(embedded: Any) -> None:
    bucket = f"b-{uuid.uuid4().hex}"
    embedded.client("s3").create_bucket(Bucket=bucket)
    clients = [embedded.client("s3") for _ in range(8)]
    for lock in range(10):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(put_if_absent, clients, [bucket] * 8, [f"lock-{lock}"] * 8))
        assert sorted(answers) == [200] + [412] * 7


def put_if_unchanged(s3: Any, bucket: str, key: str, etag: str) -> int:
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=uuid.uuid4().bytes, IfMatch=etag)
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return 200


def test_only_one_of_many_threads_changes_what_all_have_read(embedded: Any) -> None:
    bucket = f"b-{uuid.uuid4().hex}"
    embedded.client("s3").create_bucket(Bucket=bucket)
    clients = [embedded.client("s3") for _ in range(8)]
    for _ in range(10):
        etag = clients[0].put_object(Bucket=bucket, Key="k", Body=b"read by all")["ETag"]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(put_if_unchanged, clients, [bucket] * 8, ["k"] * 8, [etag] * 8))
        assert sorted(answers) == [200] + [412] * 7


def test_an_object_larger_than_a_packet_comes_back_whole(embedded: Any) -> None:
    s3, bucket = embedded.client("s3"), f"b-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    body = bytes(range(256)) * 20_000
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=1-2")["Body"].read() == b"\x01\x02"
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == len(body)
