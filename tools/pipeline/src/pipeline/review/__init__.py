"""What a plan would change: for people, as a record, and compared with what was reviewed."""

from pipeline.review.comparison import Difference, compare
from pipeline.review.difference_text import difference_text
from pipeline.review.planning import make_plan
from pipeline.review.record import Change, Record
from pipeline.review.recording import record_of

__all__ = [
    "Change",
    "Difference",
    "Record",
    "compare",
    "difference_text",
    "make_plan",
    "record_of",
]
