"""What checking a token costs in each library, for the bench: ``NAME COUNT`` on a line of standard input, the microseconds of CPU that
one of so many operations took on a line of standard output."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import joserfc.jwt
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

from latchstring.base64url import decode_base64url
from latchstring.testing import Issuer

ISSUER = Issuer()
VERIFIER = ISSUER.verifier(algorithms=["ES256"])
JWK = ISSUER.jwks["keys"][0]


def _public_key() -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(decode_base64url(JWK[name]) or b"", "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


PUBLIC = _public_key()
ES256 = ec.ECDSA(SHA256())
JOSERFC_KEY = ECKey.import_key(JWK)
JOSERFC_CLAIMS = joserfc.jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER.issuer}, aud={"essential": True, "value": ISSUER.audience}
)


class Prepared(NamedTuple):
    token: str
    signed: bytes
    signature: bytes
    """In DER, as the library takes it."""


def _prepare(token: str) -> Prepared:
    signed, _, text = token.rpartition(".")
    raw = decode_base64url(text) or b""
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return Prepared(token, signed.encode(), encode_dss_signature(r, s))


def _joserfc(prepared: Prepared) -> None:
    JOSERFC_CLAIMS.validate(joserfc.jwt.decode(prepared.token, JOSERFC_KEY, algorithms=["ES256"]).claims)


# The one call that nobody can avoid, with a key that is ready and bytes that are decoded; and each library, with nothing remembered.
CONTESTANTS: dict[str, Callable[[Prepared], Any]] = {
    "raw": lambda prepared: PUBLIC.verify(prepared.signature, prepared.signed, ES256),
    "latchstring": lambda prepared: VERIFIER.verify_token(prepared.token),
    "PyJWT": lambda prepared: jwt.decode(
        prepared.token, PUBLIC, algorithms=["ES256"], issuer=ISSUER.issuer, audience=ISSUER.audience
    ),
    "joserfc": _joserfc,
}
SEEN = [ISSUER.token()]


def _measure(check: Callable[[Prepared], Any], tokens: Sequence[Prepared]) -> float:
    start = time.process_time()
    for prepared in tokens:
        check(prepared)
    return (time.process_time() - start) / len(tokens) * 1e6


def main() -> None:
    for line in sys.stdin:
        name, count = line.split()
        if name == "seen":
            tokens = [_prepare(SEEN[0])] * int(count)
            cost = _measure(CONTESTANTS["latchstring"], tokens)
        else:
            # Every measurement gets tokens of its own, issued outside the measured time.
            cost = _measure(CONTESTANTS[name], [_prepare(ISSUER.token(roles=["user"])) for _ in range(int(count))])
        print(cost, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
