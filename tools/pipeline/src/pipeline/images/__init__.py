"""Builds the services' images, the same content to the same digest, and pushes them."""

from pipeline.images.archive import Description, Layer, describe, unpack
from pipeline.images.building import build
from pipeline.images.engines import ENGINES, Engine, find_engine
from pipeline.images.pushing import Credentials, push

__all__ = [
    "ENGINES",
    "Credentials",
    "Description",
    "Engine",
    "Layer",
    "build",
    "describe",
    "find_engine",
    "push",
    "unpack",
]
