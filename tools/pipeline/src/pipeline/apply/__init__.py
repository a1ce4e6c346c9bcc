"""Deploys a root: applies what was reviewed, waits until it runs, and tries it out."""

from pipeline.apply.deployed import Deployed, DeployedRelease, Phase
from pipeline.apply.steps import Limits, NotReviewed, Order, deploy

__all__ = [
    "Deployed",
    "DeployedRelease",
    "Limits",
    "NotReviewed",
    "Order",
    "Phase",
    "deploy",
]
