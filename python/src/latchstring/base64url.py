"""Base64url without padding, in its one canonical form."""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64
from typing import Final

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")

# To the alphabet that the decoder takes. What is not in ours becomes a byte that it passes over.
_TO_STANDARD: Final = bytes(byte if byte in _ALPHABET else 0 for byte in range(256)).translate(
    bytes.maketrans(b"-_", b"+/")
)

# By what is left of the length when it is divided by four: the padding that the decoder asks for, and the letters that may stand at the
# end, those whose left-over bits are zero. One letter is no byte.
_ENDS: Final = ((b"", _ALPHABET), (b"", b""), (b"==", _ALPHABET[::16]), (b"=", _ALPHABET[::4]))


def decode_base64url(text: str) -> bytes | None:
    """Decodes base64url without padding, or gives None where the text is not the one canonical form of its bytes."""
    return decode_base64url_bytes(text.encode("ascii")) if text.isascii() else None


def decode_base64url_bytes(text: bytes) -> bytes | None:
    """Does the same with a text in ASCII."""
    if not text:
        return b""
    size = len(text)
    padding, last = _ENDS[size & 3]
    # RFC 4648 section 3.5: canonical trailing bits.
    if text[-1] not in last:
        return None
    # Few texts in ASCII have any of these in their base64url, and to look for a byte costs a tenth of a pass that may change each.
    if b"-" in text or b"_" in text or b"+" in text or b"/" in text:
        text = text.translate(_TO_STANDARD)
    try:
        data = a2b_base64(text + padding)
    except Error:
        return None
    # RFC 7515 section 2: no padding, no white space. What was passed over is missing.
    return data if len(data) == size * 3 >> 2 else None


def encode_base64url(data: bytes) -> bytes:
    """The canonical base64url of bytes, without padding."""
    return b2a_base64(data, newline=False).translate(_TO_URL_SAFE).rstrip(b"=")
