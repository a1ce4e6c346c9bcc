"""Day 1: what must be there before a workflow can do anything, made once by a person."""
