"""Base64url without padding, in its one canonical form."""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_PADDING = (b"", b"===", b"==", b"=")


def decode_base64url(text: str) -> bytes | None:
    """Decodes base64url without padding, or gives None where the text is not the one canonical form of its bytes.

    The decoder forgives padding, white space, the other alphabet and stray trailing bits; encoding the bytes again and
    comparing shows every one of them.
    """
    try:
        encoded = text.encode("ascii")
        standard = encoded.translate(_TO_STANDARD) + _PADDING[len(encoded) & 3]
        decoded = a2b_base64(standard)
    except (UnicodeEncodeError, Error):
        return None
    # RFC 7515 section 2 (no padding, no white space), RFC 4648 section 3.5 (canonical trailing bits).
    if b2a_base64(decoded, newline=False) != standard:
        return None
    # What both forms have in common, or only the other one has.
    return None if b"+" in encoded or b"/" in encoded or b"=" in encoded else decoded


def encode_base64url(data: bytes) -> bytes:
    """The canonical base64url of bytes, without padding."""
    return b2a_base64(data, newline=False).translate(_TO_URL_SAFE).rstrip(b"=")
