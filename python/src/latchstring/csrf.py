"""Whether a request that a cookie authenticates was made by the application's own page."""

from __future__ import annotations

import re
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from .claims import CSRF_CLAIM_BYTES
from .errors import VerificationError
from .facts import RequestFacts

# RFC 9110 section 9.2.1: methods that change nothing.
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

# RFC 6455 section 4.2.1: the token "websocket" in any case, perhaps in a list.
_WEBSOCKET: Final = re.compile(r"\bwebsocket\b", re.ASCII | re.IGNORECASE)


def csrf_digest(csrf_token: str) -> bytes:
    """The ``csrf`` claim that belongs to a CSRF token: the first 128 bits of the SHA-256 of its text."""
    return sha256(csrf_token.encode("utf-8", "surrogatepass")).digest()[:CSRF_CLAIM_BYTES]


def check_csrf(request: RequestFacts, claim: bytes, origins: frozenset[str]) -> None:
    """Checks that a request that a cookie authenticates was made by the application's own page.

    Unsafe methods need the CSRF token of the very session and a fitting origin; a WebSocket handshake, to which no page can
    add a header, needs a listed origin; other safe methods need nothing.

    Raises :class:`VerificationError`: ``csrf_failed``.
    """
    if request.method in _SAFE_METHODS:
        if _is_websocket_handshake(request):
            origin = request.header("origin")
            if not isinstance(origin, str) or origin not in origins:
                raise _failed("The Origin of the WebSocket handshake is not on the list.")
        return
    check_origin(request, origins)
    token = request.header("x-csrf-token")
    if not isinstance(token, str):
        raise _failed("The request carries no CSRF token.")
    if not compare_digest(csrf_digest(token), claim):
        raise _failed("The CSRF token is not that of the session.")


def check_origin(request: RequestFacts, origins: frozenset[str]) -> None:
    """Checks where an unsafe request comes from: ``Origin`` where present must be on the list, to the letter; where absent,
    ``Sec-Fetch-Site`` must be ``same-origin``; a request with neither is refused.

    Raises :class:`VerificationError`: ``csrf_failed``.
    """
    origin = request.header("origin")
    if origin is not None:
        if not isinstance(origin, str) or origin not in origins:
            raise _failed("The Origin is not on the list.")
    elif request.header("sec-fetch-site") != "same-origin":
        raise _failed("The request does not show that it comes from the same origin.")


def _is_websocket_handshake(request: RequestFacts) -> bool:
    upgrade = request.header("upgrade")
    if upgrade is None:
        return False
    return _WEBSOCKET.search(upgrade if isinstance(upgrade, str) else ",".join(upgrade)) is not None


def _failed(detail: str) -> VerificationError:
    return VerificationError("csrf_failed", detail)
