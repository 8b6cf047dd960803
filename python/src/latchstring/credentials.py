"""The one credential of a request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .cookies import WHITE_SPACE, read_cookies
from .errors import VerificationError
from .facts import HeaderValue, RequestFacts, WsgiFacts
from .principal import Mode

Credential = tuple[str, Mode]
"""A token as a request carries it, and the channel. Nothing in it is trusted yet."""


def find_credential(request: RequestFacts, cookie_name: str) -> Credential:
    """Finds the one credential of a request: ``Authorization: Bearer``, or the one cookie of that name. The query string and the
    body are never read (RFC 6750 section 5.3, RFC 9700 section 4.3.2). Other schemes of ``Authorization`` do not count.

    Raises :class:`VerificationError`: ``credentials_missing``, or ``credentials_ambiguous`` for several headers, several cookies of
    the name, or both channels.
    """
    if type(request) is WsgiFacts:
        # On the way of every request, where a look-up takes a fraction of a call.
        authorization: HeaderValue = request.environ.get("HTTP_AUTHORIZATION")
        cookie_header: HeaderValue = request.environ.get("HTTP_COOKIE")
    else:
        authorization, cookie_header = request.header("authorization"), request.header("cookie")
    if authorization is None:
        bearer = None
    elif isinstance(authorization, str) and authorization[:7] == _PREFIX and "," not in authorization:
        # What nearly every request looks like, without a further step.
        bearer = authorization[7:].lstrip(WHITE_SPACE)
    else:
        bearer = _find_bearer(authorization)
    cookie = None if cookie_header is None else _find_cookie(cookie_header, cookie_name)
    if bearer is not None:
        if cookie is not None:
            raise ambiguous("The request carries a token in a header and one in a cookie.")
        return bearer, "bearer"
    if cookie is None:
        raise VerificationError("credentials_missing", "The request carries no access token.")
    return cookie, "cookie"


def ambiguous(detail: str) -> VerificationError:
    """The refusal of a request that does not say which credential counts."""
    return VerificationError("credentials_ambiguous", detail)


_PREFIX: Final = "Bearer "

# RFC 9110 section 11.1: the name of a scheme has no case. A header that breaks off after it is a broken credential, not none.
_BEARER: Final = re.compile(r"bearer(?![!#$%&'*+\-.^_`|~\w])", re.ASCII | re.IGNORECASE)
_SECOND_BEARER: Final = re.compile(f",[{WHITE_SPACE}]*bearer\\b", re.ASCII | re.IGNORECASE)


def _find_cookie(header: str | Sequence[str], name: str) -> str | None:
    cookies = read_cookies(header if isinstance(header, str) else ";".join(header), name)
    if len(cookies) > 1:
        raise ambiguous("The request carries the cookie of the access token more than once.")
    return cookies[0] if cookies else None


def _find_bearer(header: str | Sequence[str]) -> str | None:
    # RFC 9110 section 11.6.2: one field, one credential. Proxies disagree on which of several counts.
    if not isinstance(header, str):
        raise ambiguous("The request carries several Authorization headers.")
    if not header.startswith(_PREFIX) and _BEARER.match(header) is None:
        if _SECOND_BEARER.search(header) is not None:
            raise _several()
        return None
    # RFC 6750 section 2.1: a comma is in no token, so it joins two credentials.
    if "," in header:
        raise _several()
    return header[len(_PREFIX) :].lstrip(WHITE_SPACE)


def _several() -> VerificationError:
    return ambiguous("The Authorization header holds several credentials.")
