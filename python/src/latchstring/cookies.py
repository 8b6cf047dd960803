"""The cookies of a session in cookie mode."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# What HTTP and every language agree on; Python's own notion of white space has more.
WHITE_SPACE: Final = "\t\n\v\f\r \xa0"

_LOCALHOST: Final = re.compile("http://localhost(?::[0-9]{1,5})?")


class CookieNames(NamedTuple):
    """The names of the cookies that a backend has to do with."""

    access: str
    """HttpOnly: the access token."""
    csrf: str
    """Readable by the page: the CSRF token."""


def is_localhost_origin(origin: str) -> bool:
    """Whether an origin is plain HTTP on the name ``localhost``, the one place where cookies may lack ``Secure``."""
    return _LOCALHOST.fullmatch(origin) is not None


def cookie_names(issuer: str, cookie_domain: str | None = None) -> CookieNames:
    """The cookie names of an issuer.

    Elsewhere than on localhost they carry a prefix that the browser enforces (RFC 6265bis section 4.1.3). On localhost,
    where all ports share one cookie jar, they end in a short hash of the issuer, so that two projects do not overwrite each other's.
    """
    if is_localhost_origin(issuer):
        ending = f"-{_fnv1a(issuer):08x}"
        return CookieNames(f"latchstring{ending}", f"latchstring-csrf{ending}")
    prefix = "__Host-" if cookie_domain is None else "__Secure-"
    return CookieNames(f"{prefix}latchstring", f"{prefix}latchstring-csrf")


def read_cookies(header: str | None, name: str) -> list[str]:
    """Every value that a ``Cookie`` header holds under one name, in the order sent.

    More than one value means that another host or path has planted a cookie of that name: the caller decides, none is
    picked here. Values are not decoded, and quotes are not stripped: Latchstring's own never need it.
    """
    values: list[str] = []
    if header is None:
        return values
    # The name is looked for instead of splitting the header: verifiers do this on every request.
    at = header.find(name)
    while at != -1:
        after = at + len(name)
        equals = _skip_blanks(header, after)
        if _begins_a_pair(header, at) and header[equals : equals + 1] == "=":
            end = header.find(";", equals)
            values.append(header[equals + 1 : None if end == -1 else end].strip(WHITE_SPACE))
        at = header.find(name, after)
    return values


def _skip_blanks(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def _begins_a_pair(text: str, at: int) -> bool:
    while at > 0 and text[at - 1] in " \t":
        at -= 1
    return at == 0 or text[at - 1] == ";"


# FNV-1a, 32 bits: it tells projects on one machine apart and protects nothing.
def _fnv1a(text: str) -> int:
    value = 0x811C9DC5
    for char in text:
        value = (value ^ ord(char)) * 0x01000193 & 0xFFFFFFFF
    return value
