"""The shared secret of HS256."""

from __future__ import annotations

import re
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from .base64url import encode_base64url
from .errors import ConfigurationError

# RFC 7518 section 3.2: a key as long as the digest.
_MINIMUM_SECRET_BYTES: Final = 32

_MINIMUM_DISTINCT_BYTES: Final = 10
_MINIMUM_HEX_DIGITS: Final = 2 * _MINIMUM_SECRET_BYTES
_MAKE_ONE: Final = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"

# The same characters in every language; Python's own notion of white space has more.
_WHITE_SPACE: Final = "\t\n\v\f\r \xa0"

# Words that stand in placeholders. In random text one of them turns up once in 100,000 times.
_PLACEHOLDER: Final = re.compile(
    "secret|passw|chang|exampl|defaul|token|0123456789|qwerty|abcdefg", re.ASCII | re.IGNORECASE
)
_HEX: Final = re.compile("[0-9a-f-]+", re.ASCII | re.IGNORECASE)
_PUBLIC_KEY: Final = re.compile(
    f'-----BEGIN |\\A[{_WHITE_SPACE}]*(?:ssh-|ecdsa-sha2-)|"kty"[{_WHITE_SPACE}]*:', re.ASCII
)

# Long ones that are copied from documentation and tutorials, and head the lists for attackers.
_PUBLISHED: Final = frozenset(
    {
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
        "%C*F-JaNdRgUkXp2s5v8y/B?E(G+KbPeShVmYq3t6w9z$C&J@McQfTjWnZr4u7x!",
        "0Thsd0MuPdq2dNtajXHbPltCJSpSbjSRSTcse8b09iKLfCG5FSQVQogdDbqw3ct4",
        "2Rz4K79FuhKrec3BTWPx9b1uesyOdFNh",
        "16f8c0ef4a5d391b26034086c628469d3f9f497f08163ab9b40137092f2909ef",
        "r9iMKoe5CRMgvJBBtp4HrqN7QiPpUToj",
        "VGhpcyBzZWNyZXQgaXMgc3RvcmVkIGJhc2UtNjQgZW5jb2RlZCBvbiB0aGUgcHJveHkgaG9zdA",
        "reallyreallyreallyreallyverysafe",
    }
)


def parse_secret(secret: str | bytes) -> bytes:
    """Checks a shared secret for HS256 and gives its bytes; text stands for its bytes in UTF-8.

    Refused are secrets under 32 bytes (of hexadecimal text: under 64 digits, UUIDs too), repeated patterns, placeholders,
    public keys in any usual form, and well-known published ones (RFC 8725 section 3.5). What it cannot know is whether
    another long secret was drawn at random.

    Raises :class:`ConfigurationError` with a sentence that says how to mend it, and nothing of the secret.
    """
    if not isinstance(secret, (str, bytes)):
        raise ConfigurationError(f"The secret must be text or bytes. {_MAKE_ONE}")
    data = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
    if len(data) < _MINIMUM_SECRET_BYTES:
        raise ConfigurationError(f"The secret must have at least {_MINIMUM_SECRET_BYTES} bytes. {_MAKE_ONE}")
    if looks_like_public_key(data):
        raise ConfigurationError(f"The secret is a public key, which is no secret. {_MAKE_ONE}")
    if _is_guessable(data):
        raise ConfigurationError(f"The secret is known or easy to guess. {_MAKE_ONE}")
    return data


def looks_like_public_key(data: bytes) -> bool:
    """Whether bytes are a key in PEM, JWK, SSH or DER form (RFC 8725 section 3.1)."""
    return _PUBLIC_KEY.search(data.decode("latin-1")) is not None or _is_der(data)


def _is_der(data: bytes) -> bool:
    # Both forms, SubjectPublicKeyInfo and that of PKCS #1, begin with the tag of a sequence.
    if data[:1] != b"\x30":
        return False
    try:
        load_der_public_key(data[: _der_length(data)])
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _der_length(data: bytes) -> int:
    """The length of the outermost element (X.690 section 8.1.3): what follows it, such as a line end, hides no key."""
    if len(data) < 2 or data[1] < 0x80:
        return 2 + (data[1] if len(data) > 1 else 0)
    size = data[1] & 0x7F
    return 2 + size + int.from_bytes(data[2 : 2 + size], "big")


def _is_guessable(data: bytes) -> bool:
    text = data.decode("latin-1").strip(_WHITE_SPACE)
    return (
        (_HEX.fullmatch(text) is not None and len(text.replace("-", "")) < _MINIMUM_HEX_DIGITS)
        or len(set(data)) < _MINIMUM_DISTINCT_BYTES
        or _is_repeated(data)
        or _PLACEHOLDER.search(text) is not None
        or text in _PUBLISHED
        or encode_base64url(data).decode() in _PUBLISHED
    )


def _is_repeated(data: bytes) -> bool:
    """Whether a unit of at most half the length fills the whole."""
    return any(data[period:] == data[:-period] for period in range(1, len(data) // 2 + 1))
