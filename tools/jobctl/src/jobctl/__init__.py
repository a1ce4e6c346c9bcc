"""For people: run the local stack, send triggers, follow jobs."""
