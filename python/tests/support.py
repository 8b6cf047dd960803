"""Tokens of every kind, good and bad, and what the verifier says to them."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from latchstring import HeaderFacts, VerificationError, Verifier, csrf_digest, static_keys
from latchstring.algorithms import ALGORITHMS, ASYMMETRIC_ALGORITHMS
from latchstring.base64url import encode_base64url
from latchstring.cookies import cookie_names
from latchstring.jws import verify_jws

ROOT = Path(__file__).parents[2]
ISSUER = "https://auth.example.com"
AUDIENCE = "https://api.example.com"
APP = "https://app.example.com"
NOW = 1_800_000_000
CSRF_TOKEN = "C" * 43
COOKIE = cookie_names(ISSUER).access

Json = Mapping[str, Any]
Sign = Callable[[bytes], bytes]


def base64url(value: str | bytes) -> str:
    return encode_base64url(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value).decode()


def dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


@dataclass(frozen=True)
class Key:
    kid: str
    alg: str
    jwk: Json
    public: Any
    sign: Sign


_CURVES: Mapping[str, tuple[ec.EllipticCurve, str, int]] = {
    "ES256": (ec.SECP256R1(), "P-256", 32),
    "ES384": (ec.SECP384R1(), "P-384", 48),
    "ES512": (ec.SECP521R1(), "P-521", 66),
}


def number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def generate(alg: str = "ES256", kid: str | None = None) -> Key:
    """A fresh key for one algorithm."""
    kid = f"key-{alg}" if kid is None else kid
    own = {"kid": kid, "alg": alg, "use": "sig"}
    if alg == "EdDSA":
        edwards = ed25519.Ed25519PrivateKey.generate()
        x = edwards.public_key().public_bytes_raw()
        return Key(
            kid, alg, {"kty": "OKP", "crv": "Ed25519", "x": base64url(x), **own}, edwards.public_key(), edwards.sign
        )
    digest = ALGORITHMS[alg].digest
    assert digest is not None
    if alg in _CURVES:
        return _elliptic(kid, alg, digest, own)
    secret = rsa.generate_private_key(65537, 2048)
    scheme = padding.PSS(padding.MGF1(digest), digest.digest_size) if alg.startswith("PS") else padding.PKCS1v15()
    numbers = secret.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), **own}
    return Key(kid, alg, jwk, secret.public_key(), lambda data: secret.sign(data, scheme, digest))


def _elliptic(kid: str, alg: str, digest: hashes.HashAlgorithm, own: Json) -> Key:
    curve, crv, size = _CURVES[alg]
    secret = ec.generate_private_key(curve)
    numbers = secret.public_key().public_numbers()
    x, y = (base64url(value.to_bytes(size, "big")) for value in (numbers.x, numbers.y))

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(secret.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return Key(kid, alg, {"kty": "EC", "crv": crv, "x": x, "y": y, **own}, secret.public_key(), sign)


KEY = generate()


def hmac_signer(secret: bytes, bits: int = 256) -> Sign:
    return lambda data: hmac.digest(secret, data, f"sha{bits}")


def compact(header: str | bytes, payload: str | bytes, sign: Sign) -> str:
    """A compact JWS over the very texts that are given."""
    signed = f"{base64url(header)}.{base64url(payload)}"
    return f"{signed}.{base64url(sign(signed.encode()))}"


LEFT_OUT: Any = object()


def claims(**changes: Any) -> Json:
    """Without the members that are LEFT_OUT."""
    every = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "018f6d2a-0000-7000-8000-000000000001",
        "sid": "018f6d2a-0000-7000-8000-000000000002",
        "ver": 1,
        "jti": str(uuid4()),
        "iat": NOW - 10,
        "exp": NOW + 890,
        "client_id": "native",
        "auth_time": NOW - 10,
        "amr": ["pwd"],
        "roles": ["user"],
        **changes,
    }
    return without_left_out(every)


def without_left_out(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not LEFT_OUT}


COOKIE_CLAIMS: Json = {"client_id": "web", "csrf": base64url(csrf_digest(CSRF_TOKEN))}


def token(changes: Json | None = None, header: Json | None = None, key: Key = KEY) -> str:
    full = without_left_out({"alg": key.alg, "kid": key.kid, "typ": "at+jwt", **(header or {})})
    return compact(dumps(full), dumps(claims(**(changes or {}))), key.sign)


def token_of(payload: str | bytes, header: Json | None = None) -> str:
    """A properly signed token whose payload is the very text."""
    return compact(dumps({"alg": KEY.alg, "kid": KEY.kid, "typ": "at+jwt", **(header or {})}), payload, KEY.sign)


def token_under(header: str | bytes, payload: str | None = None) -> str:
    """A properly signed token whose header is the very text."""
    return compact(header, payload or dumps(claims()), KEY.sign)


def verifier_of(jwks: Sequence[Json] = (KEY.jwk,), /, **options: Any) -> Verifier:
    own: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "origins": [APP], "now": lambda: NOW}
    if "secret" not in options and "keys" not in options:
        own["keys"] = static_keys({"keys": list(jwks)})
    return Verifier(**{**own, **options})


def verdict(attempt: Callable[[], object]) -> str:
    """The code with which something is refused, or "accept". Anything else that is raised is a failure."""
    try:
        attempt()
    except VerificationError as error:
        return error.code
    return "accept"


def judge(text: Any, verifier: Verifier | None = None) -> str:
    """What a verifier of the usual settings says about a token."""
    chosen = verifier or verifier_of()
    return verdict(lambda: chosen.verify_token(text))


def judge_jws(text: str, *keys: Json) -> str:
    """What the layer below the claims says, with every algorithm allowed."""
    return verdict(lambda: verify_jws(text, {"keys": list(keys)}, algorithms=list(ALGORITHMS)))


class Facts:
    """A request whose headers are the very values that are given."""

    def __init__(self, headers: Mapping[str, str | Sequence[str]], method: str = "GET") -> None:
        self.method = method
        self._headers = headers

    def header(self, name: str) -> str | Sequence[str] | None:
        return self._headers.get(name)


def request(headers: Mapping[str, str | Sequence[str]] | None = None, method: str = "GET") -> Facts:
    return Facts(headers or {}, method)


def bearer(text: str) -> HeaderFacts:
    return HeaderFacts("GET", {"Authorization": f"Bearer {text}"})


ALL = ASYMMETRIC_ALGORITHMS
