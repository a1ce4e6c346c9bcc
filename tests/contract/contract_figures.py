"""What the tests covered and measured, for the end of the run."""

FIGURE, KILLS = "figure", "kills"


class Figures:
    """Lines for the end of the run; they travel with the test's report."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def add(self, line: str) -> None:
        """One line."""
        self._properties.append((FIGURE, line))

    def count_kills(self, kills: int) -> None:
        """Adds to the kill points covered."""
        self._properties.append((KILLS, kills))
