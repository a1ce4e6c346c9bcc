"""Message attributes that services and tools must name alike, beside those of a job (`Job.attributes`)."""

# How often the job had died when its dead letter was sent: only the newest one reopens the job.
GENERATION = "deadLetterGeneration"
# Who sent a dead letter back, and when (ISO 8601 UTC). Both may be missing: a message has room for ten.
REPLAYED_BY = "replayedBy"
REPLAYED_AT = "replayedAt"
MAX_GENERATION_DIGITS = 9


def generation_in(text: str) -> int:
    """The generation that a message carries; 0 for one that carries none, or none that can be read."""
    readable = text.isascii() and text.isdecimal() and len(text) <= MAX_GENERATION_DIGITS
    return int(text) if readable else 0
