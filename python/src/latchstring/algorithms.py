"""How each signature algorithm of RFC 7518 section 3 and RFC 8037 section 3.1 is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from cryptography.hazmat.primitives import hashes

Algorithm = Literal[
    "ES256",
    "ES384",
    "ES512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "EdDSA",
    "HS256",
    "HS384",
    "HS512",
]
"""Every algorithm that can be checked. ``none`` is not one of them."""

ASYMMETRIC_ALGORITHMS: Final = (
    "ES256",
    "ES384",
    "ES512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "EdDSA",
)
"""The algorithms whose keys can be published."""

DEFAULT_ALGORITHMS: Final = ("ES256", "RS256", "EdDSA")
"""What a verifier accepts where its options say nothing."""


@dataclass(frozen=True, slots=True)
class AlgorithmRules:
    """What an algorithm demands of a key and of a signature."""

    kty: Literal["EC", "RSA", "OKP", "oct"]
    """The key type that it takes."""
    digest: hashes.HashAlgorithm | None
    """None where the algorithm has its own."""
    crv: str | None = None
    """The curve that it takes."""
    signature_bytes: int | None = None
    """The exact length of a signature; None where it is that of the modulus."""
    is_pss: bool = False
    key_bytes: int = 0
    """The least length of a symmetric key."""


ALGORITHMS: Final[Mapping[str, AlgorithmRules]] = MappingProxyType(
    {
        # RFC 7518 section 3.4: R and S of the curve's size, one after the other.
        "ES256": AlgorithmRules("EC", hashes.SHA256(), "P-256", 64),
        "ES384": AlgorithmRules("EC", hashes.SHA384(), "P-384", 96),
        "ES512": AlgorithmRules("EC", hashes.SHA512(), "P-521", 132),
        "RS256": AlgorithmRules("RSA", hashes.SHA256()),
        "RS384": AlgorithmRules("RSA", hashes.SHA384()),
        "RS512": AlgorithmRules("RSA", hashes.SHA512()),
        "PS256": AlgorithmRules("RSA", hashes.SHA256(), is_pss=True),
        "PS384": AlgorithmRules("RSA", hashes.SHA384(), is_pss=True),
        "PS512": AlgorithmRules("RSA", hashes.SHA512(), is_pss=True),
        "EdDSA": AlgorithmRules("OKP", None, "Ed25519", 64),
        # RFC 7518 section 3.2: a key at least as long as the digest.
        "HS256": AlgorithmRules("oct", hashes.SHA256(), None, 32, key_bytes=32),
        "HS384": AlgorithmRules("oct", hashes.SHA384(), None, 48, key_bytes=48),
        "HS512": AlgorithmRules("oct", hashes.SHA512(), None, 64, key_bytes=64),
    }
)
"""The rules of each algorithm."""
