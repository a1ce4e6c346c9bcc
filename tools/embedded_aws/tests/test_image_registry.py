"""With --registry, ECR's images are those that were pushed to a real registry, against stock moto."""

import hashlib
import json
import subprocess
import sys
import time
import uuid
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

pytestmark = pytest.mark.images
MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture(scope="module")
def ecr(registry: str, start_aws: Any) -> Any:
    """A client of an embedded AWS with a registry."""
    return start_aws("--registry", registry).client("ecr")


@pytest.fixture
def name(ecr: Any) -> str:
    """A new repository, whose tags are immutable."""
    name = f"unit/{uuid.uuid4().hex}"
    ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    return name


def put_blob(registry: str, name: str, content: bytes) -> dict[str, Any]:
    """Uploads a layer or settings; how a manifest names it."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    place = urllib3.request("POST", f"http://{registry}/v2/{name}/blobs/uploads/").headers["Location"]
    headers = {"Content-Type": "application/octet-stream"}
    done = urllib3.request("PUT", f"{place}&digest={digest}", body=content, headers=headers)
    assert done.status == 201, done.data
    return {"mediaType": "application/octet-stream", "digest": digest, "size": len(content)}


def make_manifest(registry: str, name: str, text: str = "layer") -> str:
    """A manifest whose settings and layer are in the registry."""
    parts = {"config": put_blob(registry, name, b"{}"), "layers": [put_blob(registry, name, text.encode())]}
    return json.dumps({"schemaVersion": 2, "mediaType": MEDIA_TYPE, **parts})


def push(registry: str, name: str, tag: str, text: str = "layer") -> str:
    """What docker does; the digest."""
    manifest = make_manifest(registry, name, text)
    url = f"http://{registry}/v2/{name}/manifests/{tag}"
    done = urllib3.request("PUT", url, body=manifest.encode(), headers={"Content-Type": MEDIA_TYPE})
    assert done.status == 201, done.data
    return done.headers["Docker-Content-Digest"]


def refusal(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def test_the_token_leads_to_the_registry_and_lasts_twelve_hours(ecr: Any, stock: Any, registry: str) -> None:
    (data,) = ecr.get_authorization_token()["authorizationData"]
    (stale,) = stock.client("ecr").get_authorization_token()["authorizationData"]

    assert data["proxyEndpoint"] == f"http://{registry}"
    assert b64decode(data["authorizationToken"]).startswith(b"AWS:")
    assert timedelta(hours=11) < data["expiresAt"] - datetime.now(UTC) <= timedelta(hours=12)
    assert stale["expiresAt"] < datetime.now(UTC), "moto mended it: see what is still needed here"


def test_what_was_pushed_is_there(ecr: Any, registry: str, name: str) -> None:
    assert ecr.describe_images(repositoryName=name)["imageDetails"] == []
    before = datetime.now(UTC).replace(microsecond=0)
    digest = push(registry, name, "one")

    (image,) = ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": "one"}])["imageDetails"]

    assert (image["imageDigest"], image["imageTags"]) == (digest, ["one"])
    assert image["imageManifestMediaType"] == MEDIA_TYPE
    assert image["imageSizeInBytes"] == len("{}") + len("layer")
    assert image["imagePushedAt"] >= before
    assert ecr.list_images(repositoryName=name)["imageIds"] == [{"imageDigest": digest, "imageTag": "one"}]


def test_a_manifest_comes_as_it_was_pushed(ecr: Any, registry: str, name: str) -> None:
    digest = push(registry, name, "one")

    answer = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageDigest": digest}, {"imageTag": "two"}])

    (image,), (failure,) = answer["images"], answer["failures"]
    assert f"sha256:{hashlib.sha256(image['imageManifest'].encode()).hexdigest()}" == digest
    assert failure["failureCode"] == "ImageNotFound"


def test_an_image_with_two_tags_is_one_and_stays_as_old_as_it_is(ecr: Any, registry: str, name: str) -> None:
    digest = push(registry, name, "one")
    (first,) = ecr.describe_images(repositoryName=name)["imageDetails"]
    # ECR tells times in whole seconds.
    time.sleep(1.1)

    assert push(registry, name, "two") == digest
    push(registry, name, "other", text="another layer")

    (image,) = ecr.describe_images(repositoryName=name, imageIds=[{"imageDigest": digest}])["imageDetails"]
    assert image["imageTags"] == ["one", "two"]
    assert image["imagePushedAt"] == first["imagePushedAt"]
    assert len(ecr.describe_images(repositoryName=name)["imageDetails"]) == 2


def test_what_is_not_there_is_refused_as_ecr_does(ecr: Any, registry: str, name: str) -> None:
    push(registry, name, "one")
    wanted = [{"imageTag": "two"}]
    assert refusal(ecr.describe_images, repositoryName=name, imageIds=wanted) == "ImageNotFoundException"
    assert refusal(ecr.describe_images, repositoryName="none") == "RepositoryNotFoundException"


def test_a_repository_that_nobody_made_is_not_there_even_if_something_was_pushed(
    ecr: Any, registry: str
) -> None:
    push(registry, "unmade", "one")
    assert refusal(ecr.describe_images, repositoryName="unmade") == "RepositoryNotFoundException"


def test_put_image_brings_an_image_whose_layers_are_there(ecr: Any, registry: str, name: str) -> None:
    manifest = make_manifest(registry, name)
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"

    put = ecr.put_image(repositoryName=name, imageManifest=manifest, imageTag="one")["image"]

    assert put["imageId"] == {"imageDigest": digest, "imageTag": "one"}
    assert push(registry, name, "two") == digest
    assert ecr.list_images(repositoryName=name)["imageIds"] == [
        {"imageDigest": digest, "imageTag": tag} for tag in ("one", "two")
    ]


def test_put_image_takes_no_tag_that_was_pushed_and_is_immutable(ecr: Any, registry: str, name: str) -> None:
    digest = push(registry, name, "one")
    other = make_manifest(registry, name, text="another layer")

    code = refusal(ecr.put_image, repositoryName=name, imageManifest=other, imageTag="one")

    # The code that ECR gives: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    assert code == "ImageTagAlreadyExistsException"
    assert ecr.list_images(repositoryName=name)["imageIds"] == [{"imageDigest": digest, "imageTag": "one"}]


def test_a_repository_with_images_is_deleted_by_force_only_and_comes_back_empty(
    ecr: Any, registry: str, name: str
) -> None:
    push(registry, name, "one")
    assert refusal(ecr.delete_repository, repositoryName=name) == "RepositoryNotEmptyException"

    ecr.delete_repository(repositoryName=name, force=True)

    ecr.create_repository(repositoryName=name)
    assert ecr.describe_images(repositoryName=name)["imageDetails"] == []


def test_single_images_are_not_deleted(ecr: Any, registry: str, name: str) -> None:
    push(registry, name, "one")
    wanted = [{"imageTag": "one"}]
    assert refusal(ecr.batch_delete_image, repositoryName=name, imageIds=wanted) == "NotImplemented"


def test_a_registry_that_is_gone_fails_the_request(start_aws: Any) -> None:
    ecr = start_aws("--registry", "127.0.0.1:1").client("ecr")
    ecr.create_repository(repositoryName="one")
    assert refusal(ecr.list_images, repositoryName="one") == "InternalFailure"


@pytest.mark.parametrize(
    "address", ["example.com:5000", "127.0.0.1", "0.0.0.0:5000", "http://127.0.0.1:5000"]
)
def test_a_registry_elsewhere_is_refused(address: str) -> None:
    command = [sys.executable, "-m", "embedded_aws", "--port", "0", "--registry", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert f"--registry {address}: a registry is on this machine, as 127.0.0.1:PORT" in done.stderr
