"""ECS."""


def apply() -> None:
    """Nothing yet."""
