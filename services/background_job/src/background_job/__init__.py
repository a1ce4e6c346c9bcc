"""Runs background jobs, each once, each with a log stream of its own."""
