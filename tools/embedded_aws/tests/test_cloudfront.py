"""Distributions as Terraform makes them: security headers, a private bucket, a managed cache policy."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def headers(name: str, frames: str = "DENY") -> dict[str, Any]:
    security = {"FrameOptions": {"Override": True, "FrameOption": frames}}
    return {"Name": name, "Comment": "", "SecurityHeadersConfig": security}


def policy(aws: Any) -> dict[str, Any]:
    """A new policy: its id, name and ETag."""
    name = f"p-{uuid.uuid4().hex}"
    made = aws.client("cloudfront").create_response_headers_policy(ResponseHeadersPolicyConfig=headers(name))
    return {"Id": made["ResponseHeadersPolicy"]["Id"], "Name": name, "ETag": made["ETag"]}


def distribution(aws: Any, *, certificate: str = "", **behavior: Any) -> dict[str, Any]:
    """What CloudFront says of a new distribution, whose bucket is asked by an access control."""
    cloudfront = aws.client("cloudfront")
    control = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": uuid.uuid4().hex,
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    origin = {
        "Id": "bucket",
        "DomainName": "site.s3.us-east-1.amazonaws.com",
        "OriginAccessControlId": control,
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    config = {
        "CallerReference": uuid.uuid4().hex,
        "Comment": control,
        "Enabled": False,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "bucket",
            "ViewerProtocolPolicy": "redirect-to-https",
            **behavior,
        },
        "ViewerCertificate": (
            {"ACMCertificateArn": certificate, "SSLSupportMethod": "sni-only"}
            if certificate
            else {"CloudFrontDefaultCertificate": True}
        ),
    }
    made = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    answer = cloudfront.get_distribution(Id=made)
    return {"ETag": answer["ETag"], **answer["Distribution"]}


def refused(call: Callable[..., Any], **arguments: Any) -> str:
    """The code that a call is refused with."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return str(error.value.response["Error"]["Code"])


def test_a_policy_on_headers_is_made_read_changed_and_deleted(embedded: Any, stock: Any) -> None:
    cloudfront, made = embedded.client("cloudfront"), policy(embedded)

    changed = cloudfront.update_response_headers_policy(
        Id=made["Id"],
        IfMatch=made["ETag"],
        ResponseHeadersPolicyConfig=headers(made["Name"], "SAMEORIGIN"),
    )
    read = cloudfront.get_response_headers_policy(Id=made["Id"])

    assert read["ETag"] == changed["ETag"] != made["ETag"]
    config = read["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    assert config["Name"] == made["Name"]
    assert config["SecurityHeadersConfig"] == {
        "FrameOptions": {"Override": True, "FrameOption": "SAMEORIGIN"}
    }
    cloudfront.delete_response_headers_policy(Id=made["Id"], IfMatch=read["ETag"])
    assert refused(cloudfront.get_response_headers_policy, Id=made["Id"]) == "NoSuchResponseHeadersPolicy"
    with pytest.raises(Exception, match=r"parse|404|Not Found"):
        policy(stock)


def test_a_policy_is_not_changed_by_who_has_not_read_it(embedded: Any) -> None:
    cloudfront, made = embedded.client("cloudfront"), policy(embedded)
    stale = {"Id": made["Id"], "IfMatch": "stale"}

    assert refused(cloudfront.delete_response_headers_policy, **stale) == "InvalidIfMatchVersion"
    config = headers(made["Name"])
    assert (
        refused(cloudfront.update_response_headers_policy, **stale, ResponseHeadersPolicyConfig=config)
        == "InvalidIfMatchVersion"
    )


def test_two_policies_do_not_share_a_name(embedded: Any) -> None:
    cloudfront, one, other = embedded.client("cloudfront"), policy(embedded), policy(embedded)
    taken = headers(one["Name"])

    assert (
        refused(cloudfront.create_response_headers_policy, ResponseHeadersPolicyConfig=taken)
        == refused(
            cloudfront.update_response_headers_policy,
            Id=other["Id"],
            IfMatch=other["ETag"],
            ResponseHeadersPolicyConfig=taken,
        )
        == "ResponseHeadersPolicyAlreadyExists"
    )


def test_a_policy_in_use_is_not_deleted(embedded: Any) -> None:
    cloudfront, made = embedded.client("cloudfront"), policy(embedded)
    user = distribution(embedded, ResponseHeadersPolicyId=made["Id"])
    mine = {"Id": made["Id"], "IfMatch": made["ETag"]}

    assert refused(cloudfront.delete_response_headers_policy, **mine) == "ResponseHeadersPolicyInUse"
    cloudfront.delete_distribution(Id=user["Id"], IfMatch=user["ETag"])
    cloudfront.delete_response_headers_policy(**mine)


def test_an_origin_keeps_its_access_control(embedded: Any, stock: Any) -> None:
    def control(aws: Any) -> tuple[str, str]:
        config = distribution(aws)["DistributionConfig"]
        return config["Origins"]["Items"][0].get("OriginAccessControlId", ""), config["Comment"]

    told, given = control(embedded)
    assert told == given
    assert control(stock)[0] == ""


def test_a_distribution_has_the_certificate_that_it_was_given_and_no_other(embedded: Any, stock: Any) -> None:
    def certificates(aws: Any, given: str) -> dict[str, Any]:
        told = distribution(aws, certificate=given)["DistributionConfig"]["ViewerCertificate"]
        names = ("ACMCertificateArn", "IAMCertificateId", "CloudFrontDefaultCertificate")
        return {name: told[name] for name in names if name in told}

    assert certificates(embedded, "") == {"CloudFrontDefaultCertificate": True}
    assert certificates(embedded, CERTIFICATE) == {
        "ACMCertificateArn": CERTIFICATE,
        "CloudFrontDefaultCertificate": False,
    }
    assert certificates(stock, "") == {
        "ACMCertificateArn": "",
        "IAMCertificateId": "",
        "CloudFrontDefaultCertificate": True,
    }


def test_a_cache_policy_leaves_no_forwarded_values(embedded: Any, stock: Any) -> None:
    def forwards(aws: Any, **behavior: Any) -> bool:
        return (
            "ForwardedValues" in distribution(aws, **behavior)["DistributionConfig"]["DefaultCacheBehavior"]
        )

    by_policy = {"CachePolicyId": CACHING_OPTIMIZED}
    by_values = {"ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "none"}}}
    assert not forwards(embedded, **by_policy)
    assert forwards(embedded, **by_values)
    assert forwards(stock, **by_policy)
