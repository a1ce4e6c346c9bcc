"""Reads settings from environment variables; every mistake is one sentence."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from queue_worker.errors import SettingsError


class EnvReader:
    """Typed access to a mapping of environment variables.

    Each method raises SettingsError with the variable, its value and what is allowed. A default makes the
    variable optional; an empty value counts as missing.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def text(self, name: str, default: str | None = None) -> str:
        """The value as it is."""
        value = self._env.get(name, "").strip() or default
        if value is None:
            raise SettingsError(f"{name} is not set; it must hold a text.")
        return value

    def url(self, name: str, default: str | None = None) -> str:
        """A http or https URL. `default=""` makes it optional."""
        value = self._env.get(name, "").strip() or default
        if value == "":
            return ""
        parts = urlsplit(value or "")
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise SettingsError(f"{name} is {value!r}; it must be a URL with http or https.")
        return value or ""

    def integer(self, name: str, default: int | None = None, *, minimum: int, maximum: int) -> int:
        """A whole number within the bounds, both included."""
        text = self.text(name, None if default is None else str(default))
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value <= maximum:
            raise SettingsError(f"{name} is {text!r}; it must be a whole number from {minimum} to {maximum}.")
        return value

    def number(self, name: str, default: float | None = None, *, minimum: float, maximum: float) -> float:
        """A number within the bounds, both included."""
        text = self.text(name, None if default is None else str(default))
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not minimum <= value <= maximum:
            raise SettingsError(f"{name} is {text!r}; it must be a number from {minimum} to {maximum}.")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of the allowed words."""
        value = self.text(name, default)
        if value not in allowed:
            raise SettingsError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
        return value
