"""What a local stack is made of: which roots are applied, and which services then run from which folders."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployment.product import product

from jobctl.stack.expected import cluster, service_names


@dataclass(frozen=True)
class Layout:
    """`roots` and `images` name folders of the repository, by root and by image repository.

    `main_root` declares the services.
    """

    roots: Mapping[str, Path]
    main_root: str
    cluster: str
    services: tuple[str, ...]
    images: Mapping[str, Path]


def product_layout() -> Layout:
    """The product itself: the roots shared and dev, which build each other's ARNs from names."""
    name = product().project_name
    return Layout(
        roots={root: Path("infra/envs") / root for root in ("shared", "dev")},
        main_root="dev",
        cluster=cluster(),
        services=tuple(service_names()),
        images={
            f"{name}-main-job": Path("services/main_job"),
            f"{name}-background-job": Path("services/background_job"),
        },
    )
