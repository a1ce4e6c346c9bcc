"""Load: triggers at a schedule that waits for nothing, seen through to their end, and a report of it."""
