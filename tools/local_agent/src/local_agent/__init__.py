"""Runs ECS services as local processes."""
