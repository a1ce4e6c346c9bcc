"""Writes the report: for programs, for a browser, for the summary of a workflow's run."""

from pathlib import Path

import msgspec
from deployment.errors import BadInput
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from jobctl.load.charts import plot, range_chart
from jobctl.load.report import Report
from jobctl.load.words import duration, number, share, usd

FILES = ("report.json", "report.html", "summary.md")


def claim_folder(folder: Path) -> None:
    """Makes the folder before anything is sent; raises BadInput when it cannot be used."""
    if any((folder / name).exists() for name in FILES):
        raise BadInput(f"--out {folder} has a report already; choose another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / FILES[0]
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadInput(f"--out {folder} cannot be written to ({error.strerror}).") from None


def write_report(report: Report, folder: Path) -> None:
    """All three files."""
    text = msgspec.json.format(msgspec.json.encode(report), indent=2)
    (folder / FILES[0]).write_bytes(text + b"\n")
    templates = Environment(
        loader=PackageLoader("jobctl.load", "."),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"duration": duration, "number": number, "usd": usd, "share": share}
    for name in FILES[1:]:
        page = templates.get_template(f"{name}.j2").render(
            report=report, plot=plot, range_chart=range_chart, stages=_stages(report)
        )
        (folder / name).write_text(page, encoding="utf-8")


def _stages(report: Report) -> list[tuple[str, str, object]]:
    """Name, what it means, distribution."""
    return [
        (
            "Trigger stage",
            "from when the trigger was due until its job was in the background queue",
            report.trigger_stage,
        ),
        ("Queue wait", "from there until a handler started", report.queue_wait),
        ("Handler time", "the attempt that decided the outcome", report.handler_time),
        ("End to end", "from when the trigger was due until the outcome was recorded", report.end_to_end),
    ]
