"""The system checks: what is wrong in the settings, said when the server starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from .verifiers import project_verifier

_OURS: Final = "latchstring.django.LatchstringMiddleware"
_CORS: Final = "corsheaders.middleware.CorsMiddleware"
_EXPOSED: Final = ("WWW-Authenticate", "Retry-After", "X-Trace-Id")


def check_settings(**_: object) -> list[CheckMessage]:
    """``latchstring.E001``: the dictionary itself. ``W002``: the middleware is missing. ``E003``: CORS stands inside of it. ``E004``: any
    origin may send credentials. ``W005``: an origin may send credentials and is not in ``ORIGINS``. ``W006``: pages may not send the CSRF
    token. ``W007``: pages may not read what a refusal says."""
    try:
        verifier = project_verifier().verifier
    except ImproperlyConfigured as error:
        return [Error(str(error), id="latchstring.E001")]
    return [*_check_order(list(settings.MIDDLEWARE)), *_check_cors(verifier.origins)]


def _check_order(middleware: Sequence[str]) -> Iterator[CheckMessage]:
    if _OURS not in middleware:
        yield checks.Warning(
            "MIDDLEWARE lacks Latchstring's, so requests have no principal where no guard stands.",
            hint=f'Add "{_OURS}".',
            id="latchstring.W002",
        )
    elif _CORS in middleware and middleware.index(_CORS) > middleware.index(_OURS):
        yield Error(
            "CORS headers are added inside of Latchstring's middleware, so a page could not read what a refusal says.",
            hint=f'Put "{_CORS}" above "{_OURS}", and above everything that answers requests.',
            id="latchstring.E003",
        )


def _check_cors(origins: frozenset[str]) -> Iterator[CheckMessage]:
    if _CORS not in settings.MIDDLEWARE or not getattr(settings, "CORS_ALLOW_CREDENTIALS", False):
        return
    # Fetch standard, section 3.3.5: whoever answers any origin with credentials lets every page read as the person.
    if getattr(settings, "CORS_ALLOW_ALL_ORIGINS", getattr(settings, "CORS_ORIGIN_ALLOW_ALL", False)):
        yield Error(
            "Any origin may send credentials.",
            hint="List the origins in CORS_ALLOWED_ORIGINS instead of CORS_ALLOW_ALL_ORIGINS.",
            id="latchstring.E004",
        )
    missing = sorted(set(_texts("CORS_ALLOWED_ORIGINS")) - origins)
    if missing:
        yield checks.Warning(
            f"Unsafe requests with cookies are refused from {', '.join(missing)}.",
            hint='Add what is in CORS_ALLOWED_ORIGINS to LATCHSTRING["ORIGINS"].',
            id="latchstring.W005",
        )
    if "x-csrf-token" not in [name.lower() for name in _texts("CORS_ALLOW_HEADERS")]:
        yield checks.Warning(
            "Pages on other origins may not send the CSRF token.",
            hint='CORS_ALLOW_HEADERS = (*corsheaders.defaults.default_headers, "x-csrf-token")',
            id="latchstring.W006",
        )
    exposed = [name.lower() for name in _texts("CORS_EXPOSE_HEADERS")]
    if exposed and not all(name.lower() in exposed for name in _EXPOSED):
        yield checks.Warning(
            "Pages on other origins may not read the headers of a refusal: CORS_EXPOSE_HEADERS takes the place of ours.",
            hint=f"Add {', '.join(_EXPOSED)} to CORS_EXPOSE_HEADERS, or leave it empty.",
            id="latchstring.W007",
        )


def _texts(name: str) -> Sequence[str]:
    value: Any = getattr(settings, name, ())
    return [str(one) for one in value]
