"""JSON Web Keys and sets of them (RFC 7517)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, Protocol, cast, runtime_checkable

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from .algorithms import ALGORITHMS, AlgorithmRules
from .base64url import decode_base64url, encode_base64url
from .errors import ConfigurationError, KeySetError
from .roca import has_roca_fingerprint
from .shared_secret import looks_like_public_key
from .waiting import Pending

Jwk = Mapping[str, object]
SignatureCheck = Callable[[bytes, bytes], bool]
"""Whether a signature (the second) over data (the first) is right."""

_MAXIMUM_KEYS: Final = 1000
_MINIMUM_MODULUS_BITS: Final = 2048
# The cost of a check grows with the square of the length: no key may turn it into a weapon.
_MAXIMUM_MODULUS_BITS: Final = 8192
_MAXIMUM_EXPONENT_BYTES: Final = 8


class VerificationKey:
    """A key that may check signatures, bound to the algorithms that fit it. Comes from :func:`parse_key_set`."""

    __slots__ = ("checks", "id", "kid")

    kid: str | None
    id: str
    """A digest of all that makes the key what it is: two keys with the same one are the same key."""
    checks: Mapping[str, SignatureCheck]
    """What says whether a signature is right, for each algorithm that fits the key."""

    def __init__(self, jwk: Jwk, checks: Mapping[str, SignatureCheck]) -> None:
        self.kid = cast("str | None", jwk.get("kid"))
        members = [jwk.get(name) for name in ("kid", "kty", "alg", "crv", "x", "y", "n", "e", "k")]
        identity = json.dumps(members, default=repr)
        self.id = sha256(identity.encode()).hexdigest()
        self.checks = checks


@runtime_checkable
class KeySource(Protocol):
    """Where a verifier finds keys. Called by many threads at once."""

    def find(self, kid: str | None, alg: str) -> VerificationKey | Pending[VerificationKey | None] | None:
        """The key of a token, None where there is none that fits, or what has to be waited for first. Never blocks.

        Raises :class:`VerificationError`: ``keys_unavailable`` where the keys are not known at present.
        """
        ...

    def holds(self, key: VerificationKey) -> bool:
        """Whether a key that was found before is still trusted. Asked on every request, so it makes no call."""
        ...


@runtime_checkable
class ReloadableKeySource(KeySource, Protocol):
    """A source whose keys are loaded, and not handed in."""

    def reload(self) -> Pending[None]:
        """Loads what is new, at most once a second. The revocation feed asks for it where an event names an unknown key."""
        ...


class KeySet:
    """The keys of a JSON Web Key Set (RFC 7517 section 5), each checked and made once. It never changes."""

    __slots__ = ("_by_kid", "_only", "size")

    size: int
    """How many keys are fit for use."""

    def __init__(self, keys: Sequence[VerificationKey], only: VerificationKey | None) -> None:
        self._by_kid = {key.kid: key for key in keys if key.kid is not None}
        self._only = only
        self.size = len(keys)

    def find(self, kid: str | None, alg: str) -> VerificationKey | None:
        """The key for a ``kid`` and an algorithm; a token without ``kid`` is taken only with a set of one key."""
        key = self._only if kid is None else self._by_kid.get(kid)
        return key if key is not None and alg in key.checks else None

    def holds(self, key: VerificationKey) -> bool:
        """Whether the set has this very key."""
        own = self._only if key.kid is None else self._by_kid.get(key.kid)
        return own is key or (own is not None and own.id == key.id)


def static_keys(jwks: object) -> KeySet:
    """Keys that are given once and never loaded, for tests and for services that are told their keys.

    Raises :class:`ConfigurationError` where the set is refused or has no key that can be used.
    """
    try:
        key_set = parse_key_set(jwks)
    except KeySetError as error:
        raise ConfigurationError(str(error)) from error
    if key_set.size == 0:
        raise ConfigurationError("The key set has no key that can be used: give the public JWKS of the issuer.")
    return key_set


def parse_key_set(jwks: object) -> KeySet:
    """Checks a key set that was parsed from JSON and makes its keys.

    A key that is unknown or unfit is left out, as RFC 7517 section 5 advises: wrong or missing members, ``use`` other than
    ``sig``, ``key_ops`` without ``verify``, RSA under 2048 bits or with a bad exponent or the fingerprint of CVE-2017-15361, a point
    that is not on its curve or of small order, a symmetric key that is shorter than its digest.

    Not checked: where the set comes from, and certificates in it (``x5c``, ``x5t``, ``x5u`` are not looked at).

    Raises :class:`KeySetError`: ``not_a_key_set``, ``duplicate_kid``, or ``mixed_kinds`` for symmetric beside other keys.
    """
    entries = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if (
        not isinstance(entries, (list, tuple))
        or len(entries) > _MAXIMUM_KEYS
        or not all(isinstance(entry, Mapping) for entry in entries)
    ):
        raise KeySetError("not_a_key_set", 'This is not a JSON Web Key Set: it needs a list "keys" of objects.')
    kids = [kid for kid in (entry.get("kid") for entry in entries) if isinstance(kid, str)]
    if len(set(kids)) != len(kids):
        raise KeySetError("duplicate_kid", 'Two keys of the set have the same "kid".')
    # A public key must never be able to stand in for a shared secret (RFC 8725 section 3.1).
    symmetric = sum(entry.get("kty") == "oct" for entry in entries)
    if symmetric not in (0, len(entries)):
        raise KeySetError("mixed_kinds", "The set mixes symmetric and public keys.")
    parsed = [_parse_key(entry) for entry in entries]
    return KeySet([key for key in parsed if key is not None], parsed[0] if len(parsed) == 1 else None)


class SecretKeySource:
    """The key of a shared secret (HS256): it answers for every ``kid``, since there is no other."""

    __slots__ = ("_set",)

    def __init__(self, secret: bytes) -> None:
        jwk = {"kty": "oct", "alg": "HS256", "k": encode_base64url(secret).decode()}
        self._set = parse_key_set({"keys": [jwk]})

    def find(self, kid: str | None, alg: str) -> VerificationKey | None:
        """The key, for HS256."""
        return self._set.find(None, alg)

    def holds(self, key: VerificationKey) -> bool:
        """Whether it is this very key."""
        return self._set.holds(key)


_PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


class _Material(NamedTuple):
    key: _PublicKey | bytes
    size: int
    """The length of the modulus or of the secret in bytes."""


def _parse_key(jwk: Jwk) -> VerificationKey | None:
    if not _is_for_verification(jwk):
        return None
    kty = jwk.get("kty")
    parse = _PARSERS.get(kty) if isinstance(kty, str) else None
    material = parse(jwk) if parse is not None else None
    if material is None:
        return None
    checks = {
        name: _signature_check(material, rules)
        for name, rules in ALGORITHMS.items()
        if _fits_rules(jwk, material, name, rules)
    }
    return VerificationKey(jwk, checks)


def _is_for_verification(jwk: Jwk) -> bool:
    if not isinstance(jwk.get("kid", ""), str):
        return False
    # RFC 7517 section 4.2.
    if jwk.get("use", "sig") != "sig":
        return False
    # RFC 7517 section 4.3: a list without duplicates.
    operations = jwk.get("key_ops", ["verify"])
    return isinstance(operations, (list, tuple)) and "verify" in operations and not _has_duplicates(operations)


def _has_duplicates(values: Sequence[object]) -> bool:
    # To Python True is 1: the kind belongs to what a value is. Lists and objects are no operations, and each its own.
    scalars = [(isinstance(value, bool), value) for value in values if not isinstance(value, (list, dict))]
    return len(set(scalars)) != len(scalars)


def _fits_rules(jwk: Jwk, material: _Material, name: str, rules: AlgorithmRules) -> bool:
    # RFC 8725 section 3.1: where the key names an algorithm, it is used with no other.
    if jwk.get("alg", name) != name or jwk.get("kty") != rules.kty:
        return False
    return (rules.crv is None or jwk.get("crv") == rules.crv) and material.size >= rules.key_bytes


_CURVES: Final[Mapping[str, tuple[ec.EllipticCurve, int]]] = {
    "P-256": (ec.SECP256R1(), 32),
    "P-384": (ec.SECP384R1(), 48),
    "P-521": (ec.SECP521R1(), 66),
}


def _parse_elliptic_curve(jwk: Jwk) -> _Material | None:
    crv = jwk.get("crv")
    curve = _CURVES.get(crv) if isinstance(crv, str) else None
    x, y = _bytes_of(jwk.get("x")), _bytes_of(jwk.get("y"))
    # RFC 7518 section 6.2.1.2: the full size of a coordinate for the curve.
    if curve is None or x is None or y is None or not len(x) == len(y) == curve[1]:
        return None
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), curve[0])
    # RFC 8725 section 3.4: a point that is not on the curve is refused here.
    return _material(numbers.public_key, 0)


def _parse_rsa(jwk: Jwk) -> _Material | None:
    n, e = _bytes_of(jwk.get("n")), _bytes_of(jwk.get("e"))
    # RFC 7518 section 2: numbers in their shortest form.
    if not n or not e or n[0] == 0 or e[0] == 0:
        return None
    modulus, exponent = int.from_bytes(n, "big"), int.from_bytes(e, "big")
    # RFC 7518 section 3.3: 2048 bits or more.
    if not _MINIMUM_MODULUS_BITS <= modulus.bit_length() <= _MAXIMUM_MODULUS_BITS or modulus % 2 == 0:
        return None
    # RFC 8017 section 3.1: the exponent is odd and at least 3.
    if exponent % 2 == 0 or exponent < 3 or len(e) > _MAXIMUM_EXPONENT_BYTES:
        return None
    return (
        None if has_roca_fingerprint(modulus) else _material(rsa.RSAPublicNumbers(exponent, modulus).public_key, len(n))
    )


_FIELD_PRIME: Final = 2**255 - 19
_SMALL_ORDER: Final = frozenset(
    {
        0,
        1,
        _FIELD_PRIME - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)
"""The y of points whose order divides 8 (RFC 8032 section 5.1)."""


def _parse_edwards_curve(jwk: Jwk) -> _Material | None:
    data = _bytes_of(jwk.get("x"))
    # RFC 8037 section 2.
    if jwk.get("crv") != "Ed25519" or data is None or len(data) != 32:
        return None
    y = int.from_bytes(data, "little") & (2**255 - 1)
    # RFC 8032 section 5.1.3: y is below p.
    if y >= _FIELD_PRIME or y in _SMALL_ORDER:
        return None
    return _material(lambda: ed25519.Ed25519PublicKey.from_public_bytes(data), 0)


def _parse_symmetric(jwk: Jwk) -> _Material | None:
    data = _bytes_of(jwk.get("k"))
    # RFC 8725 section 3.1: a public key that somebody put in as a secret is known to everybody.
    if not data or looks_like_public_key(data):
        return None
    return _Material(data, len(data))


_PARSERS: Final[Mapping[str, Callable[[Jwk], _Material | None]]] = {
    "EC": _parse_elliptic_curve,
    "RSA": _parse_rsa,
    "OKP": _parse_edwards_curve,
    "oct": _parse_symmetric,
}


def _material(make: Callable[[], _PublicKey], size: int) -> _Material | None:
    try:
        return _Material(make(), size)
    except (ValueError, UnsupportedAlgorithm):
        return None


def _bytes_of(member: object) -> bytes | None:
    return decode_base64url(member) if isinstance(member, str) else None


def _signature_check(material: _Material, rules: AlgorithmRules) -> SignatureCheck:
    key, digest = material.key, rules.digest
    if isinstance(key, ed25519.Ed25519PublicKey):
        return _eddsa_check(key)
    if digest is None:
        raise TypeError("This algorithm takes another kind of key.")
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _ecdsa_check(key, digest, rules.signature_bytes or 0)
    if isinstance(key, rsa.RSAPublicKey):
        return _rsa_check(key, digest, material.size, is_pss=rules.is_pss)
    return _hmac_check(key, digest.name)


def _ecdsa_check(key: ec.EllipticCurvePublicKey, digest: HashAlgorithm, size: int) -> SignatureCheck:
    algorithm = ec.ECDSA(digest)
    half = size // 2

    def check(data: bytes, signature: bytes) -> bool:
        # RFC 7518 section 3.4: R and S in full. FIPS 186-5 section 6.4.2: OpenSSL refuses those that are 0 or not below n.
        if len(signature) != size:
            return False
        try:
            key.verify(signature_to_der(signature[:half], signature[half:]), data, algorithm)
        except InvalidSignature:
            return False
        return True

    return check


# Of r and s with 32 bytes each, by whether the first bit of either is set, which needs a zero before it (X.690 section 8.3).
_DER_STARTS: Final = (b"\x30\x44\x02\x20", b"\x30\x45\x02\x20", b"\x30\x45\x02\x21\0", b"\x30\x46\x02\x21\0")
_DER_MIDDLES: Final = (b"\x02\x20", b"\x02\x21\0") * 2


def signature_to_der(r: bytes, s: bytes) -> bytes:
    """The two numbers of a signature in DER, which OpenSSL takes. For most of ES256 the parts need only be put together."""
    if len(r) == 32 and r[0] and s[0]:
        form = r[0] >> 7 << 1 | s[0] >> 7
        return _DER_STARTS[form] + r + _DER_MIDDLES[form] + s
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def _rsa_check(key: rsa.RSAPublicKey, digest: HashAlgorithm, size: int, *, is_pss: bool) -> SignatureCheck:
    # RFC 7518 section 3.5: the salt has the size of the digest, and MGF1 the same digest.
    scheme = padding.PSS(padding.MGF1(digest), digest.digest_size) if is_pss else padding.PKCS1v15()

    def check(data: bytes, signature: bytes) -> bool:
        # RFC 8017 sections 8.1.2 and 8.2.2: as long as the modulus.
        if len(signature) != size:
            return False
        try:
            key.verify(signature, data, scheme, digest)
        except InvalidSignature:
            return False
        return True

    return check


def _eddsa_check(key: ed25519.Ed25519PublicKey) -> SignatureCheck:
    def check(data: bytes, signature: bytes) -> bool:
        # RFC 8032 section 5.1.7: OpenSSL refuses an S that is not below L.
        if len(signature) != 64:
            return False
        try:
            key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    return check


def _hmac_check(secret: bytes, digest: str) -> SignatureCheck:
    def check(data: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(secret, data, digest), signature)

    return check
