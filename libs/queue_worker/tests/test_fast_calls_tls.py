"""The fast transport under TLS: it checks the server's certificate against botocore's CA bundle."""

import datetime
import ssl
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import SSLError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from queue_worker.fast_calls import make_client
from scripted_server import ScriptedServer, http

FINE = http(b"{}")


def call(endpoint: str, *, fast: bool, times: int = 1) -> list[int]:
    """The statuses of receives through a new client; raises what botocore raises."""
    session = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret", region_name="eu-west-1")
    config = Config(retries={"mode": "standard", "total_max_attempts": 1})
    pointed: Any = SimpleNamespace(
        client=partial(session.client, endpoint_url=endpoint),
        get_credentials=session.get_credentials,
        _session=session._session,  # what make_client looks at
    )
    client = make_client(pointed, "sqs", config, fast_calls=fast)
    return [
        client.receive_message(QueueUrl=endpoint)["ResponseMetadata"]["HTTPStatusCode"] for _ in range(times)
    ]


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, str]:
    """A server's side of TLS with a certificate of its own for `host`, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    bundle = folder / f"{host}.pem"
    bundle.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{host}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle, folder / f"{host}.key")
    return context, str(bundle)


def test_a_trusted_server_is_answered_over_one_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    tls, bundle = certificate(tmp_path, "localhost")
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with ScriptedServer([FINE], tls) as server:
        # when
        statuses = call(server.endpoint, fast=True, times=3)
        # then
        assert statuses == [200] * 3
        assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("host", ["localhost", "elsewhere"])
def test_a_server_that_is_not_trusted_gets_no_request(
    host: str, fast: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a certificate that nobody vouches for, and one that is vouched for but names another host
    tls, bundle = certificate(tmp_path, host)
    if host != "localhost":
        monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with ScriptedServer([FINE], tls) as server:
        # when
        with pytest.raises(SSLError):
            call(server.endpoint, fast=fast)
        # then
        assert server.requests == []
