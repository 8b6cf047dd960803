"""Checks Latchstring's access tokens in Python: the contract of the TypeScript verifier, with the same codes.

The adapters for frameworks are in ``latchstring.flask``, ``latchstring.fastapi`` and ``latchstring.django``.
"""

from .csrf import csrf_digest
from .errors import (
    ConfigurationError,
    KeySetError,
    ProblemDocument,
    RevocationFeedError,
    StrictJsonError,
    VerificationError,
)
from .facts import AsgiFacts, HeaderFacts, RequestFacts, WsgiFacts
from .fetch import http_fetch
from .jwks import RemoteKeys
from .keys import KeySource, parse_key_set, static_keys
from .principal import Principal
from .requirements import Requirements
from .revocations.options import RevocationOptions
from .revocations.status import RevocationStatus
from .shared_secret import parse_secret
from .verifier import Verifier

__all__ = [
    "AsgiFacts",
    "ConfigurationError",
    "HeaderFacts",
    "KeySetError",
    "KeySource",
    "Principal",
    "ProblemDocument",
    "RemoteKeys",
    "RequestFacts",
    "Requirements",
    "RevocationFeedError",
    "RevocationOptions",
    "RevocationStatus",
    "StrictJsonError",
    "VerificationError",
    "Verifier",
    "WsgiFacts",
    "csrf_digest",
    "http_fetch",
    "parse_key_set",
    "parse_secret",
    "static_keys",
]
