"""A session whose clients take less memory and start sooner than boto3 makes them by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import boto3
import botocore.session
import msgspec
from botocore.loaders import JSONFileLoader


def make_session(region: str) -> boto3.Session:
    """boto3's session; only the files that describe AWS's services are read into plain dicts.

    botocore reads them into OrderedDicts, from when dicts had no order: for the clients of background_job
    that is 19 MB instead of 14 (benchmarks/RESULTS.md has the processes' sizes).
    """
    session = botocore.session.get_session()
    session.get_component("data_loader").file_loader = _PlainFiles()
    return boto3.Session(region_name=region, botocore_session=session)


class _PlainFiles(JSONFileLoader):
    """Reads `.json` and `.json.gz`, as its parent does."""

    def _load_file(self, full_path: str, open_method: Callable[..., IO[bytes]]) -> Any:
        if not Path(full_path).is_file():
            return None
        with open_method(full_path, "rb") as file:
            return msgspec.json.decode(file.read())
