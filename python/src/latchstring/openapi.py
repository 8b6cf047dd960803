"""What an OpenAPI document says about the ways to authenticate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .cookies import CookieNames

BEARER_SCHEME: Final = "LatchstringBearer"
COOKIE_SCHEME: Final = "LatchstringCookie"
CSRF_SCHEME: Final = "LatchstringCsrf"

OPTIONAL_SCHEME: Final = "LatchstringOptional"
"""Stands for the others on operations that take anonymous requests too, until :func:`describe_security` has replaced it."""

# RFC 9110 section 9.2.1: they change nothing, so no CSRF token is asked for.
_SAFE: Final = frozenset({"get", "head", "options", "trace"})


def describe_security(document: dict[str, Any], cookies: CookieNames) -> dict[str, Any]:
    """Shows, wherever a document asks for the bearer token, that the cookie does as well, and the CSRF token with it for unsafe methods.
    Changes the document; once more changes nothing."""
    components: dict[str, Any] = document.get("components", {})
    schemes: dict[str, Any] = components.get("securitySchemes", {})
    bearer = schemes.pop(OPTIONAL_SCHEME, None)
    if bearer is not None:
        schemes.setdefault(BEARER_SCHEME, bearer)
    if BEARER_SCHEME not in schemes:
        return document
    schemes[COOKIE_SCHEME] = {"type": "apiKey", "in": "cookie", "name": cookies.access}
    schemes[CSRF_SCHEME] = {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"}
    for item in document.get("paths", {}).values():
        for method, operation in item.items():
            if isinstance(operation, dict) and "security" in operation:
                operation["security"] = _alternatives(operation["security"], method)
    return document


def _alternatives(security: list[Mapping[str, Any]], method: str) -> list[Mapping[str, Any]]:
    """OpenAPI 3.1, section 4.8.10: one of the list is enough, of which every scheme is needed."""
    cookie: dict[str, Any] = {COOKIE_SCHEME: []}
    if method not in _SAFE:
        cookie[CSRF_SCHEME] = []
    found: list[Mapping[str, Any]] = []
    for one in security:
        if BEARER_SCHEME in one:
            found += [one, cookie]
        elif OPTIONAL_SCHEME in one:
            found += [{}, {BEARER_SCHEME: []}, cookie]
        elif COOKIE_SCHEME not in one:
            found.append(one)
    return [one for at, one in enumerate(found) if one not in found[:at]]
