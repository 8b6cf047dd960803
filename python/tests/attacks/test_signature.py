"""Attacks 15 to 20: signatures that a lenient implementation lets pass."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from latchstring import parse_key_set
from support import KEY, Key, base64url, generate, judge, judge_jws, number, token, verifier_of

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
VALUES = {"zero": 0, "one": 1, "order": P256_ORDER, "order + 1": P256_ORDER + 1, "maximum": 2**256 - 1}
Change = Callable[[bytes], bytes]


def signed_by(key: Key, change: Change) -> str:
    return token(key=replace(key, sign=lambda data: change(key.sign(data))))


@pytest.mark.parametrize("r", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("s", VALUES.values(), ids=VALUES)
def test_attack_15_signatures_out_of_range(r: int, s: int) -> None:
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert judge(signed_by(KEY, lambda _: raw)) == "token_untrusted"


@pytest.mark.parametrize(("alg", "size"), [("ES384", 96), ("ES512", 132)])
def test_attack_15_all_zeros(alg: str, size: int) -> None:
    key = generate(alg)
    assert judge_jws(signed_by(key, lambda _: bytes(size)), key.jwk) == "token_untrusted"


def der(raw: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(der, id="DER"),
        pytest.param(lambda raw: raw + b"\0", id="a byte of zero after it"),
        pytest.param(lambda raw: b"\0" + raw[:32] + b"\0" + raw[32:], id="zeros before r and s"),
        pytest.param(lambda raw: raw + raw, id="twice"),
        pytest.param(lambda raw: raw[:63], id="the last byte missing"),
        pytest.param(lambda raw: raw[:32], id="r alone"),
        pytest.param(lambda raw: raw[32:] + raw[:32], id="r and s swapped"),
    ],
)
def test_attack_16_signatures_in_another_form(change: Change) -> None:
    assert judge(signed_by(KEY, change)) == "token_untrusted"


RSA_PRIVATE = rsa.generate_private_key(65537, 2048)
NUMBERS = RSA_PRIVATE.private_numbers()
MODULUS = NUMBERS.public_numbers.n
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def rsa_key(alg: str, block: Change) -> Key:
    """A key that signs the very block that is given."""

    def sign(data: bytes) -> bytes:
        return pow(int.from_bytes(block(data), "big"), NUMBERS.d, MODULUS).to_bytes(256, "big")

    jwk = {"kty": "RSA", "n": number(MODULUS), "e": number(65537), "kid": "rsa", "alg": alg, "use": "sig"}
    return Key("rsa", alg, jwk, RSA_PRIVATE.public_key(), sign)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def padded(
    info: bytes, *, lead: int = 0, kind: int = 1, fill: int = 0xFF, separator: int = 0, length: int | None = None
) -> bytes:
    """EMSA-PKCS1-v1_5 (RFC 8017 section 9.2) with every part open; zeros after it where the padding is short."""
    filling = 256 - 3 - len(info) if length is None else length
    block = bytes([lead, kind]) + bytes([fill]) * filling + bytes([separator]) + info
    return block + bytes(256 - len(block))


def info(data: bytes) -> bytes:
    return SHA256_INFO + sha256(data)


def under(prefix: str) -> Change:
    return lambda data: padded(bytes.fromhex(prefix) + sha256(data))


PADDINGS: dict[str, Change] = {
    "block type 0": lambda d: padded(info(d), kind=0),
    "block type 2": lambda d: padded(info(d), kind=2),
    "a first byte of 1": lambda d: padded(info(d), lead=1),
    "padding of zeros": lambda d: padded(info(d), fill=0),
    "padding of 0xfe": lambda d: padded(info(d), fill=0xFE),
    "no separator": lambda d: padded(info(d), separator=0xFF),
    "short padding and bytes after the digest (Bleichenbacher 2006)": lambda d: padded(info(d), length=8),
    "no padding and bytes after the digest": lambda d: padded(info(d), length=0),
    "one byte after the digest": lambda d: padded(info(d), length=201),
    "no DigestInfo": lambda d: padded(sha256(d)),
    "no NULL in the DigestInfo": under("302f300b06096086480165030402010420"),
    "another NULL": under("3032300e06096086480165030402010501000420"),
    "a long form of the length": under("308131300d060960864801650304020105000420"),
    "an indefinite length": lambda d: padded(
        bytes.fromhex("3080300d060960864801650304020105000420") + sha256(d) + b"\0\0"
    ),
    "the name of SHA-1": under("302d300906052b0e03021a05000420"),
    "the name of SHA-384": under("3031300d060960864801650304020205000420"),
    "the name of SHA-512": under("3031300d060960864801650304020305000420"),
    "another tag for the digest": under("3031300d060960864801650304020105000320"),
    "a digest without its last byte": lambda d: padded(info(d)[:-1]),
    "the digest of something else": lambda _: padded(info(b"other")),
    "a byte changed in the digest": lambda d: padded(info(d)[:-1] + bytes([info(d)[-1] ^ 1])),
}


def judge_rsa(key: Key) -> str:
    return judge(token(key=key), verifier_of([key.jwk]))


def test_attack_17_the_right_padding_by_hand_is_taken() -> None:
    assert judge_rsa(rsa_key("RS256", lambda data: padded(info(data)))) == "accept"


@pytest.mark.parametrize("block", PADDINGS.values(), ids=PADDINGS)
def test_attack_17_rsa_padding_by_hand(block: Change) -> None:
    assert judge_rsa(rsa_key("RS256", block)) == "token_untrusted"


def plus_modulus(signature: bytes) -> bytes:
    value = int.from_bytes(signature, "big") + MODULUS
    return value.to_bytes(256, "big") if value < 2**2048 else bytes(256)


@pytest.mark.parametrize(
    "change",
    [lambda s: b"\0" + s, lambda s: s[1:], lambda s: s + b"\0", plus_modulus],
    ids=["longer", "shorter", "after", "mod"],
)
def test_attack_17_signatures_longer_or_shorter_than_the_modulus_or_beyond_it(change: Change) -> None:
    key = rsa_key("RS256", lambda data: padded(info(data)))
    assert judge_rsa(replace(key, sign=lambda data: change(key.sign(data)))) == "token_untrusted"


def pss_block(
    data: bytes, *, digest: str = "sha256", mask: str = "sha256", salt: int = 32, trailer: int = 0xBC
) -> bytes:
    """EMSA-PSS (RFC 8017 section 9.1.1) with every parameter open."""
    salt_bytes = os.urandom(salt)
    h = hashlib.new(digest, bytes(8) + hashlib.new(digest, data).digest() + salt_bytes).digest()
    database = bytes(256 - salt - len(h) - 2) + b"\1" + salt_bytes
    stream = b"".join(hashlib.new(mask, h + i.to_bytes(4, "big")).digest() for i in range(20))
    masked = bytearray(a ^ b for a, b in zip(database, stream, strict=False))
    masked[0] &= 0x7F
    return bytes(masked) + h + bytes([trailer])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, "accept"),
        ({"salt": 0}, "token_untrusted"),
        ({"salt": 20}, "token_untrusted"),
        ({"salt": 31}, "token_untrusted"),
        ({"salt": 33}, "token_untrusted"),
        ({"salt": 222}, "token_untrusted"),
        ({"digest": "sha1"}, "token_untrusted"),
        ({"digest": "sha512", "salt": 64}, "token_untrusted"),
        ({"mask": "sha1"}, "token_untrusted"),
        ({"mask": "sha512"}, "token_untrusted"),
        ({"digest": "sha1", "mask": "sha1", "salt": 20}, "token_untrusted"),
        ({"trailer": 0xCC}, "token_untrusted"),
    ],
)
def test_attack_18_pss_by_hand(form: dict[str, Any], expected: str) -> None:
    key = rsa_key("PS256", lambda data: pss_block(data, **form))
    assert judge_jws(token(key=key), key.jwk) == expected


ED_KEY = generate("EdDSA")
ED_ORDER = 2**252 + 27742317777372353535851937790883648493
ED_PRIME = 2**255 - 19
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7


@pytest.mark.parametrize("times", [1, 2, 8])
def test_attack_19_an_s_out_of_range(times: int) -> None:
    def change(signature: bytes) -> bytes:
        s = int.from_bytes(signature[32:], "little") + times * ED_ORDER
        return signature[:32] + s.to_bytes(32, "little")

    assert judge_jws(token(key=ED_KEY), ED_KEY.jwk) == "accept"
    assert judge_jws(signed_by(ED_KEY, change), ED_KEY.jwk) == "token_untrusted"


@pytest.mark.parametrize("sign_bit", [0, 1])
@pytest.mark.parametrize("y", [0, 1, ED_PRIME - 1, ED_PRIME, ED_PRIME + 1, ORDER_8, ED_PRIME - ORDER_8])
def test_attack_19_keys_of_small_or_no_proper_order(y: int, sign_bit: int) -> None:
    encoded = (y + (sign_bit << 255)).to_bytes(32, "little")
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": ED_KEY.kid, "x": base64url(encoded)}
    # With such a key R = identity and S = 0 pass for a signature of anything, one time in eight at least.
    for identity in (1, y):
        forged = identity.to_bytes(32, "little") + bytes(32)
        assert judge_jws(signed_by(ED_KEY, lambda _, forged=forged: forged), jwk) == "token_untrusted"  # type: ignore[misc]
    assert parse_key_set({"keys": [jwk]}).size == 0


@pytest.mark.parametrize(
    ("cut", "codes"),
    [
        (lambda text: text.rpartition(".")[0] + ".", {"token_untrusted"}),
        (lambda text: text.rpartition(".")[0], {"token_malformed"}),
        (lambda text: text.rpartition(".")[0] + ".bnVsbA", {"token_untrusted"}),
        (lambda text: text.rpartition(".")[0] + ".AA", {"token_untrusted"}),
        (lambda text: text[:-4], {"token_untrusted", "token_malformed"}),
        (lambda text: text[:-1], {"token_malformed"}),
    ],
    ids=["stripped", "stripped with its dot", "null", "one zero byte", "short by four letters", "short by one letter"],
)
def test_attack_20_signatures_cut_off(cut: Callable[[str], str], codes: set[str]) -> None:
    assert judge(cut(token())) in codes


def test_attack_20_the_last_byte_removed_in_canonical_form() -> None:
    assert judge(signed_by(KEY, lambda raw: raw[:63])) == "token_untrusted"
