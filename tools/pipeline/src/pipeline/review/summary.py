"""The summary of a plan: what people read before they approve, most urgent first."""

from pipeline.review.section import fitting, whole
from pipeline.review.sections import Review, headline, sections

# Below GitHub's 65,536 characters (a byte is never more than one), with room for what the writer adds.
LONGEST_COMMENT_BYTES = 64_000


def summary_text(review: Review) -> str:
    """All of it, in Markdown."""
    return whole(headline(review), sections(review))


def comment_text(review: Review) -> str:
    """The same in the size of a comment."""
    return fitting(headline(review), sections(review), LONGEST_COMMENT_BYTES)
