"""Base64url without padding, in its one canonical form."""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64
from typing import Final

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")

# By what is left of the length when it is divided by four: the padding that the decoder asks for, and the letters that may stand at the
# end, those whose left-over bits are zero. One letter is no byte.
_ENDS: Final = (
    ("", _ALPHABET.decode()),
    ("", ""),
    ("==", _ALPHABET[::16].decode()),
    ("=", _ALPHABET[::4].decode()),
)


def decode_base64url(text: str) -> bytes | None:
    """Decodes base64url without padding, or gives None where the text is not the one canonical form of its bytes.

    The decoder forgives white space, the other alphabet and left-over bits, so all of that is looked for before.
    """
    if not text:
        return b""
    try:
        encoded = text.encode("ascii")
        padding, last = _ENDS[len(encoded) & 3]
        # RFC 7515 section 2 (no padding, no white space), RFC 4648 section 3.5 (canonical trailing bits).
        if encoded.translate(None, _ALPHABET) or text[-1] not in last:
            return None
        return a2b_base64(text.replace("-", "+").replace("_", "/") + padding)
    except (UnicodeEncodeError, Error):
        return None


def encode_base64url(data: bytes) -> bytes:
    """The canonical base64url of bytes, without padding."""
    return b2a_base64(data, newline=False).translate(_TO_URL_SAFE).rstrip(b"=")
