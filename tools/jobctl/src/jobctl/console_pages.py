"""Addresses of pages in the AWS console."""

from urllib.parse import quote

# Each partition has a console: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
_CONSOLES = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}


def console_address(region: str) -> str:
    """The console in the region's partition."""
    part = next((part for part in _CONSOLES if region.startswith(f"{part}-")), "")
    return f"https://{region}.{_CONSOLES.get(part, 'console.aws.amazon.com')}"


def stream_page(region: str, group: str, stream: str) -> str:
    """The page of a log stream. CloudWatch quotes names twice, the second time with $ for %."""
    names = [quote(quote(name, safe=""), safe="").replace("%", "$") for name in (group, stream)]
    return (
        f"{console_address(region)}/cloudwatch/home?region={region}"
        f"#logsV2:log-groups/log-group/{names[0]}/log-events/{names[1]}"
    )
