"""The signature of a token."""

from __future__ import annotations

from .compact import CompactToken
from .errors import VerificationError
from .keys import VerificationKey


def verify_signature(parts: CompactToken, key: VerificationKey | None) -> VerificationKey:
    """Checks the signature of a token with the key that was found for it, and gives that key.

    Raises :class:`VerificationError`: ``token_untrusted``, for no key, one that does not fit, and a wrong signature alike.
    """
    header, _, signed, _, signature = parts
    check = None if key is None else key.checks.get(header.alg)
    if key is None or check is None:
        raise VerificationError("token_untrusted", "The token names no key that is trusted and fits it.")
    if not check(signed, signature):
        raise VerificationError("token_untrusted", "The signature is wrong.")
    return key
