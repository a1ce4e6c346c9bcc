"""A load test by hand: whether it may begin, running it, and what came of it."""

from pipeline.load.run import run_load
from pipeline.load.settings import LoadTest, load_options
from pipeline.load.verdict import Verdict, judge

__all__ = ["LoadTest", "Verdict", "judge", "load_options", "run_load"]
