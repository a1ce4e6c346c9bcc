"""A session whose clients take less memory and start sooner than boto3 makes them by itself."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import boto3
import botocore.session
import msgspec
from botocore.loaders import JSONFileLoader

# Two thirds of a file that describes a service: the texts of its documentation.
_DOCUMENTATION = re.compile(rb'"documentation":"[^"\\]*(?:\\.[^"\\]*)*"')


def make_session(region: str | None = None) -> boto3.Session:
    """boto3's session, which reads the files that describe AWS's services into plain dicts, undocumented.

    botocore reads them into OrderedDicts, from when dicts had no order. For background_job's clients that
    was 19 MB, and is 12; its whole process stands in benchmarks/RESULTS.md. Without a region it is that of
    the environment.
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
            return msgspec.json.decode(_DOCUMENTATION.sub(b'"documentation":""', file.read()))
