"""The consumer runtime: moves messages between SQS and a handler without losing any."""
