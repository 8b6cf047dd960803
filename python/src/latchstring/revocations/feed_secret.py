"""The key of the feed where one secret is shared."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..keys import SecretKeySource


def feed_secret_source(secret: bytes) -> SecretKeySource:
    """The key of the feed (RFC 5869): not the tokens' own, so that neither can pass for the other."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"latchstring/revocations/v1")
    return SecretKeySource(kdf.derive(secret))
