"""The claims of nearly every token, read in one pass."""

from __future__ import annotations

import re
from typing import Any, Final

from .base64url import decode_base64url
from .claims import AccessTokenClaims
from .keys import VerificationKey

# Characters that JSON writes as they are, all of them ASCII.
_PLAIN: Final = r"[ !#-\[\]-~]+"
_TEXT: Final = f'"({_PLAIN})"'
_LIST: Final = rf'\[((?:"{_PLAIN}"(?:,"{_PLAIN}")*)?)\]'
# Of fifteen digits none is beyond 2^53 - 1.
_INTEGER: Final = "(0|[1-9][0-9]{0,14})"
# Sixteen bytes in canonical base64url.
_CSRF: Final = '"([A-Za-z0-9_-]{21}[AQgw])"'

# Of many people with the same roles, and those who logged in alike. An issuer has few such lists.
_MAXIMUM_LISTS: Final = 64

_PLAIN_ONLY: Final = re.compile(_PLAIN)
_NOTHING: Final = re.compile("(?!)")


class IssuedClaims:
    """Reads the claims of an access token that says what a Latchstring server writes, to the letter: the same members in the same order,
    no white space, nothing escaped, and one issuer and audience. Nearly every token is such a one, and one pass of an expression shows
    more than a parser and a walk through what it made: no name can occur twice, and no member can be there that nobody looked at.

    All else is for strict JSON to judge, which accepts whatever is accepted here, with the same claims.
    """

    __slots__ = ("_audience", "_issuer", "_lists", "_match")

    def __init__(self, issuer: str, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._lists: dict[str, tuple[str, ...]] = {}
        is_plain = _is_plain(issuer) and _is_plain(audience)
        self._match = (_expression(issuer, audience) if is_plain else _NOTHING).fullmatch

    def read(self, key: VerificationKey, payload: bytes) -> AccessTokenClaims | None:
        """Gives the claims, which were verified with a key, or None where only strict JSON can tell. Times are not checked."""
        match = self._match(payload.decode("latin-1"))
        if match is None:
            return None
        sub, sid, ver, jti, iat, exp, client_id, auth_time, amr, roles, csrf = match.groups()
        # RFC 9068 section 5: a client must not be able to pass for a person.
        if sub == client_id:
            return None
        lists = self._lists
        begin = int(iat)
        members: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": sub,
            "sid": sid,
            "ver": int(ver),
            "jti": jti,
            "iat": begin,
            "exp": int(exp),
            "client_id": client_id,
            "auth_time": int(auth_time),
            "amr": lists.get(amr) or self._read_list(amr),
            "roles": lists.get(roles) or self._read_list(roles),
        }
        digest = None
        if csrf is not None:
            members["csrf"] = csrf
            digest = decode_base64url(csrf)
            if digest is None:
                return None
        return AccessTokenClaims(key, members, begin, digest)

    def _read_list(self, text: str) -> tuple[str, ...]:
        if not text:
            return ()
        if len(self._lists) >= _MAXIMUM_LISTS:
            self._lists.clear()
        self._lists[text] = members = tuple(text[1:-1].split('","'))
        return members


def _is_plain(text: object) -> bool:
    # Callers who do not check types hand in anything.
    return isinstance(text, str) and _PLAIN_ONLY.fullmatch(text) is not None


def _expression(issuer: str, audience: str) -> re.Pattern[str]:
    members = (
        f'"iss":"{re.escape(issuer)}"',
        f'"aud":"{re.escape(audience)}"',
        f'"sub":{_TEXT}',
        f'"sid":{_TEXT}',
        f'"ver":{_INTEGER}',
        f'"jti":{_TEXT}',
        f'"iat":{_INTEGER}',
        f'"exp":{_INTEGER}',
        f'"client_id":{_TEXT}',
        f'"auth_time":{_INTEGER}',
        f'"amr":{_LIST}',
        f'"roles":{_LIST}',
    )
    return re.compile(rf'\{{{",".join(members)}(?:,"csrf":{_CSRF})?\}}')
