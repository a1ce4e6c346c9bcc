"""Turns triggers into background jobs."""
