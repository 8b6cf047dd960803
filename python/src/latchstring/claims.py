"""The claims of an access token (RFC 9068 section 2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from .base64url import decode_base64url
from .compact import CompactToken, malformed, parse_token_object
from .errors import ConfigurationError, VerificationError
from .keys import VerificationKey
from .principal import Mode, Principal
from .strict_json import MAXIMUM_SAFE_INTEGER, scan_plain_object

ACCESS_TOKEN_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068 section 4: both spellings of the media type, to the letter."""

CSRF_CLAIM_BYTES: Final = 16
"""The length of the ``csrf`` claim."""

_MAXIMUM_TOLERANCE: Final = 60

_NESTED: Final = re.compile(r"(?:application/)?jwt", re.ASCII | re.IGNORECASE)

# "exp": 1.0 is an integer to some parsers and none to others, so it is refused.
_INTEGERS: Final = ("exp", "iat", "nbf", "auth_time", "ver")

# Those of RFC 9068 section 2.2 and Latchstring's own, which every token has: a text each, but for four integers, "aud", and two lists.
_REQUIRED_CLAIMS: Final = 12
_REQUIRED_TEXTS: Final = 5


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the claims of a token must say."""

    issuer: str
    audience: str
    tolerance: float
    """Seconds by which the clocks may differ."""


class AccessTokenClaims:
    """Verified claims: those that are read on every request, all of them, and the key that they were verified with. Shared by all
    requests with the same token, so nobody changes them."""

    __slots__ = ("begin", "csrf", "every", "exp", "jti", "key", "principal", "roles", "sid", "sub", "ver")

    begin: int
    """The later of ``iat`` and ``nbf``."""
    principal: Principal | None
    """Whom they speak for; None until :meth:`make_principal` is called, which most checks of a token alone never do."""

    def __init__(
        self,
        key: VerificationKey,
        sub: str,
        sid: str,
        ver: int,
        jti: str,
        begin: int,
        exp: int,
        roles: tuple[str, ...],
        csrf: bytes | None,
        every: Mapping[str, Any],
    ) -> None:
        self.key = key
        self.sub = sub
        self.sid = sid
        self.ver = ver
        self.jti = jti
        self.begin = begin
        self.exp = exp
        self.roles = roles
        self.csrf = csrf
        self.every = every
        self.principal = None

    def make_principal(self) -> Principal:
        """Makes the principal, and keeps it for the next request. Two threads may each make one: they are equal."""
        mode: Mode = "bearer" if self.csrf is None else "cookie"
        self.principal = principal = Principal(self.sub, self.sid, self.roles, mode, self.every)
        return principal


def parse_claims(key: VerificationKey, parts: CompactToken, expected: Expectations, now: float) -> AccessTokenClaims:
    """Parses the payload of an access token into frozen claims, and checks their form, times, issuer and audience (RFC 9068
    section 4). The signature must have been checked before, with ``key``. Refuses a token inside a token.

    Does not check revocation, CSRF, roles, or which channel the token came by.

    Raises :class:`VerificationError`: ``token_malformed``, ``token_untrusted`` for a token that is bound to a key of its holder,
    ``token_expired``, ``token_not_yet_valid``, ``token_wrong_issuer``, ``token_wrong_audience``.
    """
    header, _, _, payload, _ = parts
    # RFC 7519 section 5.2: "cty": "JWT" announces a nested token, which an access token never is.
    if header.cty is not None and _NESTED.fullmatch(header.cty) is not None:
        raise malformed("The token holds another token.")
    plain = scan_plain_object(payload)
    # What nearly every token looks like is read in one pass. All else is judged by the whole of strict JSON.
    claims = None if plain is None else _read(key, plain[0], plain[1])
    if claims is None:
        claims = _read_strictly(key, payload)
    check_times(claims, expected.tolerance, now)
    # RFC 8725 section 3.8: the very string.
    if claims.every["iss"] != expected.issuer:
        raise VerificationError("token_wrong_issuer", "The token is from another issuer.")
    # RFC 8725 section 3.9: an exact member.
    aud = claims.every["aud"]
    if aud != expected.audience if type(aud) is str else expected.audience not in aud:
        raise VerificationError("token_wrong_audience", "The token is for another audience.")
    return claims


def check_times(claims: AccessTokenClaims, tolerance: float, now: float) -> None:
    """Checks the times of claims (RFC 7519 section 4.1.4 to 4.1.6). All in seconds.

    Raises :class:`VerificationError`: ``token_expired``, ``token_not_yet_valid``.
    """
    if now >= claims.exp + tolerance:
        raise VerificationError("token_expired", "The token has expired.")
    if claims.begin > now + tolerance:
        raise VerificationError("token_not_yet_valid", "The token is not valid yet.")


def check_tolerance(tolerance: object) -> float:
    """Refuses a clock tolerance that would make expiry meaningless."""
    if (
        isinstance(tolerance, bool)
        or not isinstance(tolerance, (int, float))
        or not 0 <= tolerance <= _MAXIMUM_TOLERANCE
    ):
        raise ConfigurationError(
            f"The clock tolerance must be 0 to {_MAXIMUM_TOLERANCE} seconds. "
            "Let the clocks be synchronised (NTP) rather than raise it."
        )
    return tolerance


def _read_strictly(key: VerificationKey, payload: bytes) -> AccessTokenClaims:
    members = parse_token_object(payload)
    claims = _read(key, members)
    if claims is None:
        if any(type(members.get(name)) is float for name in _INTEGERS):
            raise malformed("A part of the token is refused: An integer is written as a fraction.")
        raise malformed("A claim is missing or has the wrong type.")
    # RFC 9449 section 7.2: a token that is bound to a key is refused without the proof of it, which nothing here reads.
    if "cnf" in members:
        raise VerificationError("token_untrusted", "The token is bound to a key that was not proven.")
    _freeze(members)
    return claims


def _read(key: VerificationKey, members: dict[str, Any], texts: int | None = None) -> AccessTokenClaims | None:
    """RFC 9068 section 2.2, and Latchstring's own; None where a claim is missing or has the wrong type.

    ``texts``: as :func:`scan_plain_object` gives it with the members; None where strict JSON was checked. With it None is given as well
    where there is anything that strict JSON might refuse.
    """
    try:
        iss, aud, sub, sid, jti = members["iss"], members["aud"], members["sub"], members["sid"], members["jti"]
        ver, iat, exp, auth_time = members["ver"], members["iat"], members["exp"], members["auth_time"]
        client_id, amr, roles = members["client_id"], members["amr"], members["roles"]
    except KeyError:
        return None
    if not (
        (type(iss) is type(sub) is type(sid) is type(jti) is type(client_id) is str)
        and (iss and sub and sid and jti and client_id)
        and (type(ver) is type(iat) is type(exp) is type(auth_time) is int)
        and (ver >= 0 and iat >= 0 and exp >= 0 and auth_time >= 0)
        # RFC 9068 section 5: a client must not be able to pass for a person.
        and sub != client_id
        and (aud if type(aud) is str else _is_text_list(aud))
        and _is_text_list(amr)
        and _is_text_list(roles)
    ):
        return None
    nbf = csrf = digest = None
    if len(members) != _REQUIRED_CLAIMS:
        # A null is no number and no text: only what is left out is left out.
        if "nbf" in members:
            nbf = members["nbf"]
            if type(nbf) is not int or nbf < 0:
                return None
        if "csrf" in members:
            csrf = members["csrf"]
            digest = decode_base64url(csrf) if type(csrf) is str else None
            if digest is None or len(digest) != CSRF_CLAIM_BYTES:
                return None
    if texts is not None:
        # No member whose value was not looked at, no name twice, and no integer that is too large or might be a negative zero.
        optional = csrf is not None
        found = (
            len(members) + _REQUIRED_TEXTS + optional + len(amr) + len(roles) + (len(aud) if type(aud) is list else 1)
        )
        if len(members) != _REQUIRED_CLAIMS + optional or found != texts:
            return None
        if not (ver and iat and exp and auth_time) or max(ver, iat, exp, auth_time) > MAXIMUM_SAFE_INTEGER:
            return None
    members["amr"] = tuple(amr)
    members["roles"] = roles = tuple(roles)
    if type(aud) is list:
        members["aud"] = tuple(aud)
    begin = iat if nbf is None or nbf < iat else nbf
    return AccessTokenClaims(key, sub, sid, ver, jti, begin, exp, roles, digest, MappingProxyType(members))


def _is_text_list(value: object) -> bool:
    if type(value) is not list:
        return False
    # Not all(…): a generator takes as long as the whole check.
    for member in value:  # noqa: SIM110
        if type(member) is not str or not member:
            return False
    return True


def _freeze(members: dict[str, Any]) -> Mapping[str, Any]:
    """Freezes an object from JSON, which nobody else holds, with all that is in it. Its depth was bounded when it was parsed."""
    for name, value in members.items():
        if type(value) is list or type(value) is dict:
            members[name] = _frozen(value)
    return MappingProxyType(members)


def _frozen(value: Any) -> Any:
    if type(value) is list:
        return tuple([_frozen(member) if type(member) in (list, dict) else member for member in value])
    return _freeze(value)
