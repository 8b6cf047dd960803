"""A verifier, and what a route asks, from the words that the adapters share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .errors import ConfigurationError
from .requirements import Policy, Requirements, StalePolicy
from .revocations.options import RevocationOptions
from .verifier import Verifier

PREFIX: Final = "LATCHSTRING_"
"""What the names of the settings begin with where they stand among others."""

_OPTIONS: Final[Mapping[str, str]] = {
    "ISSUER": "issuer",
    "AUDIENCE": "audience",
    "ORIGINS": "origins",
    "ALGORITHMS": "algorithms",
    "HS256_SECRET": "secret",
    "COOKIE_DOMAIN": "cookie_domain",
    "CLOCK_TOLERANCE": "clock_tolerance",
    "CACHE_ENTRIES": "cache_entries",
    "CACHE_BYTES": "cache_bytes",
    "REVOCATIONS": "revocations",
}

_FEED_OPTIONS: Final[Mapping[str, str]] = {"MAX_STALENESS": "max_staleness", "ON_STALE": "on_stale"}

_LISTS: Final = frozenset({"ORIGINS", "ALGORITHMS"})


def verifier_options(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a :class:`Verifier` from settings: ``ISSUER``, ``AUDIENCE``, ``ORIGINS``, ``ALGORITHMS`` (lists, or text with
    commas), ``HS256_SECRET``, ``COOKIE_DOMAIN``, ``CLOCK_TOLERANCE``, ``CACHE_ENTRIES``, ``CACHE_BYTES``, ``REVOCATIONS`` (``"feed"``,
    ``"none"`` or :class:`RevocationOptions`), ``MAX_STALENESS``, ``ON_STALE``. None is as good as left out. Times in seconds.

    Raises :class:`ConfigurationError` for a name that is none of these, or one of the first two that is missing.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    unknown = sorted(given.keys() - _OPTIONS.keys() - _FEED_OPTIONS.keys())
    if unknown:
        known = ", ".join(PREFIX + name for name in (*_OPTIONS, *_FEED_OPTIONS))
        raise ConfigurationError(f"There is no setting {PREFIX}{unknown[0]}. There are: {known}.")
    for name in ("ISSUER", "AUDIENCE"):
        if name not in given:
            raise ConfigurationError(
                f"The setting {PREFIX}{name} is missing: give it the value that the Latchstring server has."
            )
    options = {_OPTIONS[name]: _read(name, value) for name, value in given.items() if name in _OPTIONS}
    feed = {_FEED_OPTIONS[name]: value for name, value in given.items() if name in _FEED_OPTIONS}
    if feed:
        if options.get("revocations", "feed") != "feed":
            raise ConfigurationError(
                f"{PREFIX}MAX_STALENESS and {PREFIX}ON_STALE are for {PREFIX}REVOCATIONS = 'feed': leave them out."
            )
        options["revocations"] = RevocationOptions(**feed)
    return options


def create_verifier(settings: Mapping[str, Any]) -> Verifier:
    """The verifier of an application's settings; see :func:`verifier_options`.

    Raises :class:`ConfigurationError`.
    """
    return Verifier(**verifier_options(settings))


def create_requirements(
    *,
    role: str | None = None,
    roles: str | Iterable[str] = (),
    any_role: str | Iterable[str] | None = None,
    policy: Policy | None = None,
    on_stale: StalePolicy | None = None,
) -> Requirements:
    """What a route asks; ``role`` is one more that the principal must have. The others are those of :class:`Requirements`.

    Raises :class:`ConfigurationError`.
    """
    if role is not None:
        if not isinstance(role, str):
            raise ConfigurationError('role is one name, such as "admin"; several are roles or any_role.')
        roles = (role, *([roles] if isinstance(roles, str) else roles))
    return Requirements(roles=roles, any_role=any_role, policy=policy, on_stale=on_stale)


def _read(name: str, value: Any) -> Any:
    if name in _LISTS and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value
