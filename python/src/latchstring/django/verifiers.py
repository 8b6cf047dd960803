"""The verifier of the project's settings."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from ..errors import ConfigurationError
from ..guard import OnRefusal
from ..settings import create_verifier
from ..verifier import Verifier

SETTING: Final = "LATCHSTRING"

# What only Django's settings have: the names of things in the project's own modules, or the things themselves.
_OWN: Final = frozenset({"VERIFIER", "ON_REFUSAL"})


class ProjectVerifier:
    """What the setting ``LATCHSTRING`` says, read once."""

    __slots__ = ("on_refusal", "verifier")

    verifier: Verifier
    on_refusal: OnRefusal | None

    def __init__(self) -> None:
        """Raises :class:`ImproperlyConfigured` for settings that are wrong or unsafe."""
        try:
            given = read_settings()
            self.on_refusal = _imported(given.get("ON_REFUSAL"), "ON_REFUSAL")
            self.verifier = _imported(given.get("VERIFIER"), "VERIFIER") or create_verifier(
                {name: value for name, value in given.items() if name not in _OWN}
            )
        except ConfigurationError as error:
            raise ImproperlyConfigured(f"{SETTING}: {error}") from None


def read_settings() -> Mapping[str, Any]:
    """The dictionary of the settings.

    Raises :class:`ConfigurationError` where there is none.
    """
    given: object = getattr(settings, SETTING, None)
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            'The settings have no dictionary LATCHSTRING = {"ISSUER": "https://auth.example.com", "AUDIENCE": …}.'
        )
    return given


def _imported(value: Any, name: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return import_string(value)
    except ImportError:
        raise ConfigurationError(f"The setting {name} names nothing that can be imported: {value}.") from None


_making: Final = Lock()
_project: ProjectVerifier | None = None


def project_verifier() -> ProjectVerifier:
    """The one verifier of the process, made at the first call. Processes that are forked afterwards follow the feed by themselves.

    Raises :class:`ImproperlyConfigured`.
    """
    global _project  # noqa: PLW0603
    found = _project
    if found is None:
        with _making:
            found = _project = _project or ProjectVerifier()
    return found


def current_verifier() -> Verifier:
    """The verifier of the project's settings: to start it early, to close it, and to ask how its feed is doing.

    Raises :class:`ImproperlyConfigured` for settings that are wrong or unsafe.
    """
    return project_verifier().verifier


def _forget(*, setting: str, **_: object) -> None:
    """Tests change settings."""
    global _project  # noqa: PLW0603
    if setting == SETTING:
        _project = None


setting_changed.connect(_forget)
