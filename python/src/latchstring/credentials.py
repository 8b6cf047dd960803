"""The one credential of a request."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .cookies import WHITE_SPACE, read_cookies
from .errors import VerificationError
from .facts import HeaderValue, RequestFacts
from .principal import Mode


class Credential(NamedTuple):
    """A token as a request carries it. Nothing in it is trusted yet."""

    token: str
    mode: Mode


def find_credential(request: RequestFacts, cookie_name: str) -> Credential:
    """Finds the one credential of a request: ``Authorization: Bearer``, or the one cookie of that name. The query string and the
    body are never read (RFC 6750 section 5.3, RFC 9700 section 4.3.2). Other schemes of ``Authorization`` do not count.

    Raises :class:`VerificationError`: ``credentials_missing``, or ``credentials_ambiguous`` for several headers, several cookies of
    the name, or both channels.
    """
    bearer = _find_bearer(request.header("authorization"))
    cookie_header = request.header("cookie")
    if cookie_header is not None and not isinstance(cookie_header, str):
        cookie_header = ";".join(cookie_header)
    cookies = read_cookies(cookie_header, cookie_name)
    if len(cookies) > 1:
        raise ambiguous("The request carries the cookie of the access token more than once.")
    if bearer is not None:
        if cookies:
            raise ambiguous("The request carries a token in a header and one in a cookie.")
        return Credential(bearer, "bearer")
    if not cookies:
        raise VerificationError("credentials_missing", "The request carries no access token.")
    return Credential(cookies[0], "cookie")


def ambiguous(detail: str) -> VerificationError:
    """The refusal of a request that does not say which credential counts."""
    return VerificationError("credentials_ambiguous", detail)


_PREFIX: Final = "Bearer "

# RFC 9110 section 11.1: the name of a scheme has no case. A header that breaks off after it is a broken credential, not none.
_BEARER: Final = re.compile(r"bearer(?![!#$%&'*+\-.^_`|~\w])", re.ASCII | re.IGNORECASE)
_SECOND_BEARER: Final = re.compile(f",[{WHITE_SPACE}]*bearer\\b", re.ASCII | re.IGNORECASE)


def _find_bearer(header: HeaderValue) -> str | None:
    if header is None:
        return None
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
