"""`pipeline build`."""

from pathlib import Path

import click
from deployment.release import SERVICES
from deployment.repository import find_repository

from pipeline.images import ENGINES, describe, find_engine, unpack
from pipeline.images import build as build_image


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder for <service>.tar.")
@click.option("--engine", "name", help=f"One of {', '.join(ENGINES)}; by default the first that is there.")
@click.option("--service", "services", multiple=True, help="Only this one; can be repeated.")
@click.option("--layout", is_flag=True, help="Also unpack each into the folder <service>, for scanners.")
def build(out: Path, name: str | None, services: tuple[str, ...], layout: bool) -> None:
    """Build the services' images as OCI archives and say what they weigh; nothing is pushed."""
    engine = find_engine(name)
    repository = find_repository()
    for service in services or SERVICES:
        archive = build_image(repository, service, engine, out)
        image = describe(archive)
        size = f"{image.size_bytes / 1e6:.1f} MB in {len(image.layers)} layers"
        click.echo(f"{service}: {size}, {image.digest}, built by {engine.name}: {archive}")
        if layout:
            unpack(archive, out / service)
