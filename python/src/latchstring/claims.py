"""The claims of an access token (RFC 9068 section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from .base64url import decode_base64url
from .compact import malformed, parse_token_object
from .errors import ConfigurationError, VerificationError

ACCESS_TOKEN_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068 section 4: both spellings of the media type, to the letter."""

CSRF_CLAIM_BYTES: Final = 16
"""The length of the ``csrf`` claim."""

_MAXIMUM_TOLERANCE: Final = 60

# "exp": 1.0 is an integer to some parsers and none to others, so it is refused.
_INTEGERS: Final = ("exp", "iat", "nbf", "auth_time", "ver")


# Those of RFC 9068 section 2.2 and Latchstring's own, which every token has.
_REQUIRED_CLAIMS: Final = 12


class Expectations(NamedTuple):
    """What the claims of a token must say."""

    issuer: str
    audience: str
    tolerance: float
    """Seconds by which the clocks may differ."""


class AccessTokenClaims(NamedTuple):
    """Verified claims: those that are read on every request, and all of them."""

    sub: str
    sid: str
    ver: int
    jti: str
    iat: int
    exp: int
    nbf: int | None
    roles: tuple[str, ...]
    csrf: bytes | None
    every: Mapping[str, Any]


def parse_claims(payload: bytes, expected: Expectations, now: float) -> AccessTokenClaims:
    """Parses the payload of an access token into frozen claims, and checks their form, times, issuer and audience (RFC 9068
    section 4). The signature must have been checked before.

    Does not check revocation, CSRF, roles, or which channel the token came by.

    Raises :class:`VerificationError`: ``token_malformed``, ``token_untrusted`` for a token that is bound to a key of its holder,
    ``token_expired``, ``token_not_yet_valid``, ``token_wrong_issuer``, ``token_wrong_audience``.
    """
    members = parse_token_object(payload)
    claims = _read(members)
    if claims is None:
        if any(type(members.get(name)) is float for name in _INTEGERS):
            raise malformed("A part of the token is refused: An integer is written as a fraction.")
        raise malformed("A claim is missing or has the wrong type.")
    # RFC 9449 section 7.2: a token that is bound to a key is refused without the proof of it, which nothing here reads.
    if "cnf" in members:
        raise VerificationError("token_untrusted", "The token is bound to a key that was not proven.")
    check_times(claims, expected.tolerance, now)
    # RFC 8725 section 3.8: the very string.
    if members["iss"] != expected.issuer:
        raise VerificationError("token_wrong_issuer", "The token is from another issuer.")
    # RFC 8725 section 3.9: an exact member.
    aud = members["aud"]
    if aud != expected.audience if isinstance(aud, str) else expected.audience not in aud:  # type: ignore[operator]
        raise VerificationError("token_wrong_audience", "The token is for another audience.")
    return claims


def check_times(claims: AccessTokenClaims, tolerance: float, now: float) -> None:
    """Checks the times of claims (RFC 7519 section 4.1.4 to 4.1.6). All in seconds.

    Raises :class:`VerificationError`: ``token_expired``, ``token_not_yet_valid``.
    """
    if now >= claims.exp + tolerance:
        raise VerificationError("token_expired", "The token has expired.")
    earliest = now + tolerance
    if claims.iat > earliest or (claims.nbf is not None and claims.nbf > earliest):
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


def _read(members: dict[str, Any]) -> AccessTokenClaims | None:
    """RFC 9068 section 2.2, and Latchstring's own; None where a claim is missing or has the wrong type."""
    try:
        iss, aud, sub, sid, jti = members["iss"], members["aud"], members["sub"], members["sid"], members["jti"]
        ver, iat, exp, auth_time = members["ver"], members["iat"], members["exp"], members["auth_time"]
        client_id, amr, roles = members["client_id"], members["amr"], members["roles"]
    except KeyError:
        return None
    nbf, csrf = members.get("nbf"), members.get("csrf")
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
    # A null is no number and no text: only what is left out is left out.
    if (nbf is not None or "nbf" in members) and (type(nbf) is not int or nbf < 0):
        return None
    digest = None
    if csrf is not None or "csrf" in members:
        digest = decode_base64url(csrf) if type(csrf) is str else None
        if digest is None or len(digest) != CSRF_CLAIM_BYTES:
            return None
    # Most tokens have no other claims, whose values would have to be looked at.
    if len(members) == _REQUIRED_CLAIMS + (nbf is not None) + (csrf is not None):
        members["amr"] = tuple(amr)
        members["roles"] = roles = tuple(roles)
        if type(aud) is list:
            members["aud"] = tuple(aud)
        every: Mapping[str, Any] = MappingProxyType(members)
    else:
        every = _freeze(members)
        roles = members["roles"]
    return AccessTokenClaims(sub, sid, ver, jti, iat, exp, nbf, roles, digest, every)


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
