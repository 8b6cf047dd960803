"""Checks of a token alone, against a given key set: the two layers of the conformance vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .algorithms import ALGORITHMS
from .claims import ACCESS_TOKEN_TYPES, Expectations, check_tolerance, parse_claims
from .compact import CompactToken, HeaderPolicy, TokenHeader, parse_compact
from .errors import ConfigurationError, KeySetError, VerificationError
from .issued_claims import IssuedClaims
from .keys import KeySet, VerificationKey, parse_key_set
from .signature import verify_signature


class VerifiedJws(NamedTuple):
    """A JWS whose signature is right."""

    header: TokenHeader
    payload: bytes


def verify_jws(token: str, jwks: object, *, algorithms: Iterable[str]) -> VerifiedJws:
    """Checks the form, header and signature of a JWS and nothing more: any payload, any ``typ``. This is the layer ``jws`` of the
    conformance vectors; to authenticate a request use :class:`latchstring.Verifier`.

    Symmetric keys are taken as well, from a set that has no others. A token without ``kid`` is taken only with a set of one key.

    Raises :class:`VerificationError`: ``token_malformed``, ``token_untrusted`` (also where the key set is refused).
    """
    (header, _, _, payload, _), _ = _verify_compact(token, jwks, HeaderPolicy(_check_algorithms(algorithms)))
    return VerifiedJws(header, payload)


def verify_jwt(
    token: str,
    jwks: object,
    *,
    algorithms: Iterable[str],
    issuer: str,
    audience: str,
    now: float,
    tolerance: float,
) -> Mapping[str, Any]:
    """Checks an access token against a given key set and time, with no cache and nothing loaded. This is the layer ``jwt`` of the
    conformance vectors; to authenticate a request use :class:`latchstring.Verifier`. ``now`` and ``tolerance`` in seconds.

    Not checked: how the token travelled, revocation, CSRF, origin, roles.

    Raises :class:`VerificationError`: every ``token_…`` code that a token by itself can cause.
    """
    expected = Expectations(issuer, audience, check_tolerance(tolerance), IssuedClaims(issuer, audience))
    parts, key = _verify_compact(token, jwks, HeaderPolicy(_check_algorithms(algorithms), ACCESS_TOKEN_TYPES))
    return parse_claims(key, parts, expected, now).every


def _verify_compact(token: str, jwks: object, policy: HeaderPolicy) -> tuple[CompactToken, VerificationKey]:
    parts = parse_compact(token, policy)
    header, *_ = parts
    return parts, verify_signature(parts, _read_key_set(jwks).find(header.kid, header.alg))


def _read_key_set(jwks: object) -> KeySet:
    try:
        return parse_key_set(jwks)
    except KeySetError as error:
        raise VerificationError("token_untrusted", "The key set is refused, so no key is trusted.") from error


def _check_algorithms(algorithms: Iterable[str]) -> frozenset[str]:
    names = list(algorithms)
    if all(isinstance(name, str) and name in ALGORITHMS for name in names):
        return frozenset(names)
    raise ConfigurationError(f"The algorithms are {', '.join(ALGORITHMS)}.")
