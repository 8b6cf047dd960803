"""The claims of an access token (RFC 9068 section 2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from .base64url import decode_base64url
from .compact import CompactToken, malformed, parse_token_object
from .errors import ConfigurationError, VerificationError
from .keys import VerificationKey
from .principal import Mode, Principal

if TYPE_CHECKING:
    from .issued_claims import IssuedClaims

ACCESS_TOKEN_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068 section 4: both spellings of the media type, to the letter."""

CSRF_CLAIM_BYTES: Final = 16
"""The length of the ``csrf`` claim."""

_MAXIMUM_TOLERANCE: Final = 60

_NESTED: Final = re.compile(r"(?:application/)?jwt", re.ASCII | re.IGNORECASE)

# "exp": 1.0 is an integer to some parsers and none to others, so it is refused.
_INTEGERS: Final = ("exp", "iat", "nbf", "auth_time", "ver")


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the claims of a token must say."""

    issuer: str
    audience: str
    tolerance: float
    """Seconds by which the clocks may differ."""
    issued: IssuedClaims
    """Reads what this issuer writes for this audience."""


class AccessTokenClaims:
    """Verified claims: those that are read on every request, all of them, and the key that they were verified with. Shared by all
    requests with the same token, so nobody changes them."""

    __slots__ = ("_members", "begin", "csrf", "exp", "jti", "key", "principal", "sid", "ver")

    begin: int
    """The later of ``iat`` and ``nbf``."""
    principal: Principal | None
    """Whom they speak for; None until :meth:`make_principal` is called, which most checks of a token alone never do."""

    def __init__(self, key: VerificationKey, members: dict[str, Any], begin: int, csrf: bytes | None) -> None:
        """``members``: all of the claims, checked, with tuples for lists. ``csrf``: the bytes of that claim."""
        self.key = key
        self._members = members
        self.sid: str = members["sid"]
        self.ver: int = members["ver"]
        self.jti: str = members["jti"]
        self.begin = begin
        self.exp: int = members["exp"]
        self.csrf = csrf
        self.principal = None

    @property
    def every(self) -> Mapping[str, Any]:
        """All claims, which cannot be changed by it. Made when it is asked for: it costs less than to keep one with each token."""
        return MappingProxyType(self._members)

    def make_principal(self) -> Principal:
        """Makes the principal, and keeps it for the next request. Two threads may each make one: they are equal."""
        mode: Mode = "bearer" if self.csrf is None else "cookie"
        members = self._members
        self.principal = principal = Principal(members["sub"], self.sid, members["roles"], mode, self.every)
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
    issued = expected.issued.read(key, payload)
    if issued is not None:
        check_times(issued, expected.tolerance, now)
        return issued
    claims = _read_strictly(key, payload)
    check_times(claims, expected.tolerance, now)
    # RFC 8725 section 3.8: the very string.
    every = claims.every
    if every["iss"] != expected.issuer:
        raise VerificationError("token_wrong_issuer", "The token is from another issuer.")
    # RFC 8725 section 3.9: an exact member.
    aud = every["aud"]
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
    """RFC 9068 section 2.2, and Latchstring's own, in strict JSON."""
    members: dict[str, Any] = parse_token_object(payload)
    if any(type(members.get(name)) is float for name in _INTEGERS):
        raise malformed("A part of the token is refused: An integer is written as a fraction.")
    iss, aud, amr, roles, csrf = (members.get(name) for name in ("iss", "aud", "amr", "roles", "csrf"))
    sub, sid, jti, client_id = (members.get(name) for name in ("sub", "sid", "jti", "client_id"))
    iat, nbf = members.get("iat"), members.get("nbf", 0)
    digest = decode_base64url(csrf) if type(csrf) is str else None
    if not (
        all(_is_text(value) for value in (iss, sub, sid, jti, client_id))
        and all(
            _is_whole_number(value)
            for value in (iat, nbf, *(members.get(name) for name in ("ver", "exp", "auth_time")))
        )
        # RFC 9068 section 5: a client must not be able to pass for a person.
        and sub != client_id
        and (_is_text(aud) or _is_text_list(aud))
        and _is_text_list(amr)
        and _is_text_list(roles)
        # A null is no text: only what is left out is left out.
        and ("csrf" not in members or (digest is not None and len(digest) == CSRF_CLAIM_BYTES))
    ):
        raise malformed("A claim is missing or has the wrong type.")
    # RFC 9449 section 7.2: a token that is bound to a key is refused without the proof of it, which nothing here reads.
    if "cnf" in members:
        raise VerificationError("token_untrusted", "The token is bound to a key that was not proven.")
    _freeze(members)
    return AccessTokenClaims(key, members, max(iat, nbf), digest)


def _is_text(value: object) -> bool:
    return type(value) is str and value != ""


def _is_whole_number(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_text_list(value: object) -> bool:
    return type(value) is list and all(_is_text(member) for member in value)


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
