"""The compact form of a JWS (RFC 7515 section 7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .base64url import decode_base64url_bytes
from .errors import StrictJsonError, VerificationError
from .strict_json import parse_strict_json

MAXIMUM_TOKEN_BYTES: Final = 8192
"""The most bytes of an access token that is looked at."""


@dataclass(frozen=True, slots=True)
class TokenHeader:
    """The members of a JOSE header that count (RFC 7515 section 4.1). All others are ignored, those that name keys too."""

    alg: str
    kid: str | None
    typ: str | None
    cty: str | None


CompactToken = tuple[TokenHeader, bytes, bytes, bytes, bytes]
"""A JWS in compact form, taken apart: its header, the header as it stands in the token, the bytes that the signature is over, the payload,
and the signature. Nothing in it is trusted yet. A plain tuple, since one is made and unpacked for every token."""


@dataclass(frozen=True, slots=True)
class HeaderPolicy:
    """What is refused before a key is looked for."""

    algorithms: frozenset[str]
    types: frozenset[str] | None = None
    """The values of ``typ`` that are allowed; None for any."""
    known: Mapping[bytes, TokenHeader] = field(default_factory=dict[bytes, TokenHeader])
    """Headers, by their text, that were found right under this very policy: most tokens of a key share one."""
    maximum_bytes: int = MAXIMUM_TOKEN_BYTES


def parse_compact(token: str, policy: HeaderPolicy) -> CompactToken:
    """Takes a token apart and checks its form and its header, in the order of the contract.

    Does not check the signature, and does not look into the payload.

    Raises :class:`VerificationError`: ``token_malformed``, ``token_wrong_type``, ``token_untrusted``.
    """
    # The length comes first, so that nothing below costs more than it (CVE-2025-30204). No character counts for more than two.
    if not isinstance(token, str) or (len(token) > policy.maximum_bytes // 2 and _length(token) > policy.maximum_bytes):
        raise malformed("The token is too long.")
    # What is not ASCII becomes bytes that are no base64url.
    text = token.encode("utf-8", "surrogatepass")
    # RFC 7515 section 7.1: three parts. Five are a JWE, which is never opened.
    parts = text.split(b".", 3)
    if len(parts) != 3:
        raise malformed("The token does not have three parts.")
    header_text, payload_text, signature_text = parts
    payload = decode_base64url_bytes(payload_text)
    signature = decode_base64url_bytes(signature_text)
    if payload is None or signature is None:
        raise _not_canonical()
    header = policy.known.get(header_text)
    if header is None:
        header_bytes = decode_base64url_bytes(header_text)
        if header_bytes is None:
            raise _not_canonical()
        header = _parse_header(header_bytes, policy)
    return header, header_text, text[: len(header_text) + 1 + len(payload_text)], payload, signature


def _length(token: str) -> int:
    # A token is ASCII. What is none is refused in any case, and by the same words as in JavaScript, which counts in UTF-16.
    length = len(token)
    return length if token.isascii() else length + sum(char > "\uffff" for char in token[:MAXIMUM_TOKEN_BYTES])


def parse_token_object(data: bytes) -> dict[str, object]:
    """Parses strict JSON from a part of a token that must be an object.

    Raises :class:`VerificationError`: ``token_malformed``.
    """
    try:
        value = parse_strict_json(data)
    except StrictJsonError as error:
        raise malformed(f"A part of the token is refused: {error}") from error
    # RFC 7519 section 7.2 steps 3 and 10: a JSON object.
    if not isinstance(value, dict):
        raise malformed("A part of the token is not a JSON object.")
    return value


def malformed(detail: str) -> VerificationError:
    """The refusal of a token that is not well formed."""
    return VerificationError("token_malformed", detail)


def _not_canonical() -> VerificationError:
    return malformed("A part of the token is not canonical base64url.")


def _parse_header(data: bytes, policy: HeaderPolicy) -> TokenHeader:
    header = parse_token_object(data)
    alg = header.get("alg")
    kid, typ, cty = (_optional_text(header, name) for name in ("kid", "typ", "cty"))
    if not isinstance(alg, str):
        raise malformed("A member of the header has the wrong type.")
    # RFC 8725 section 3.11: the type is said and is the one expected.
    if policy.types is not None and typ not in policy.types:
        raise VerificationError("token_wrong_type", "The token is of another type than the one expected.")
    # RFC 8725 section 3.1: the list decides, never the token. "none" is on no list.
    if alg not in policy.algorithms:
        raise VerificationError("token_untrusted", "The algorithm of the token is not allowed.")
    # RFC 7515 section 4.1.11: no extension is understood here, so whatever is critical is refused.
    if "crit" in header:
        raise malformed("The token needs an extension that is not understood.")
    # RFC 7797 section 7: not in a JWT.
    if "b64" in header:
        raise malformed("The header says how the payload is encoded.")
    return TokenHeader(alg, kid, typ, cty)


def _optional_text(header: Mapping[str, object], name: str) -> str | None:
    if name not in header:
        return None
    value = header[name]
    # A null is no string: only what is left out is left out.
    if not isinstance(value, str):
        raise malformed("A member of the header has the wrong type.")
    return value
