"""A release: the images that a commit stands for, each named by what it is made of."""

from pipeline.release.content import content_release
from pipeline.release.model import Image, Release, repository_name
from pipeline.release.registry import PushedImage, look_up, pushed_images, with_digests

__all__ = [
    "Image",
    "PushedImage",
    "Release",
    "content_release",
    "look_up",
    "pushed_images",
    "repository_name",
    "with_digests",
]
