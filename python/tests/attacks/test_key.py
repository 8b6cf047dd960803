"""Attacks 8 to 14, 21 and 22: keys and key sets."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ed448, rsa, x25519

from fakes import Answer, JsonIssuer, json_answer
from latchstring import ConfigurationError, KeySetError, RemoteKeys, parse_key_set
from latchstring.errors import KeySetFault
from latchstring.keys import KeySet, VerificationKey
from support import (
    AUDIENCE,
    KEY,
    LEFT_OUT,
    NOW,
    Json,
    base64url,
    compact,
    dumps,
    generate,
    hmac_signer,
    judge,
    judge_jws,
    number,
    token,
    verifier_of,
    without_left_out,
)

URL = "https://auth.example.com/keys"
OCT: Json = {"kty": "oct", "kid": "o", "alg": "HS256", "k": base64url(os.urandom(32))}
RSA_JWK: Json = generate("RS256", "rsa").jwk


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def test_attack_8_unknown_kids_cause_one_load_in_a_cool_down() -> None:
    clock = Clock()
    issuer = JsonIssuer(KEY.jwk)
    keys = RemoteKeys(URL, fetch=issuer.fetch, now=clock, cooldown=30)
    verifier = verifier_of(keys=keys, now=clock, revocations="none")
    assert judge(token(), verifier) == "accept"
    assert issuer.loads == 1
    with ThreadPoolExecutor(8) as pool:
        for second in range(60):
            clock.now = NOW + second
            flood = [token(header={"kid": f"{second}-{i}"}) for i in range(20)]
            assert set(pool.map(lambda text: judge(text, verifier), flood)) == {"token_untrusted"}
    assert issuer.loads == 2


def test_attack_9_no_kid_with_several_keys() -> None:
    text = token(header={"kid": LEFT_OUT})
    assert judge(text, verifier_of([KEY.jwk, generate("ES256", "b").jwk])) == "token_untrusted"
    assert judge(text, verifier_of([KEY.jwk, {"kty": "unknown"}])) == "token_untrusted"
    assert judge(text) == "accept"


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ([KEY.jwk, {**generate().jwk, "kid": KEY.kid}], "duplicate_kid"),
        ([KEY.jwk, {"kty": "unknown", "kid": KEY.kid}], "duplicate_kid"),
        ([KEY.jwk, OCT], "mixed_kinds"),
        ([{"kty": "unknown"}, OCT], "mixed_kinds"),
    ],
)
def test_attack_10_ambiguous_key_sets(keys: list[Json], code: KeySetFault) -> None:
    with pytest.raises(KeySetError) as refused:
        parse_key_set({"keys": keys})
    assert refused.value.code == code
    assert judge_jws(token(), *keys) == "token_untrusted"
    with pytest.raises(ConfigurationError):
        verifier_of(keys)


@pytest.mark.parametrize(
    "jwks", [None, [], {}, {"keys": {}}, {"keys": [1]}, {"keys": [None]}, '{"keys":[]}', {"keys": [{}] * 1001}]
)
def test_attack_10_what_is_no_key_set(jwks: object) -> None:
    with pytest.raises(KeySetError) as refused:
        parse_key_set(jwks)
    assert refused.value.code == "not_a_key_set"


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "enc"},
        {"use": None},
        {"use": LEFT_OUT, "key_ops": ["sign"]},
        {"use": LEFT_OUT, "key_ops": []},
        {"use": LEFT_OUT, "key_ops": "verify"},
        {"use": LEFT_OUT, "key_ops": ["verify", "verify"]},
        {"use": "enc", "key_ops": ["verify"]},
    ],
)
def test_attack_11_keys_for_other_uses(changes: Json) -> None:
    assert judge_jws(token(), without_left_out({**KEY.jwk, **changes})) == "token_untrusted"


@pytest.mark.parametrize("operations", [["verify"], ["verify", "sign"], ["verify", 1, True], ["verify", {}, {}]])
def test_attack_11_key_ops_with_verify_is_taken(operations: list[object]) -> None:
    assert judge_jws(token(), {**KEY.jwk, "key_ops": operations}) == "accept"


def fit(**changes: object) -> int:
    return parse_key_set({"keys": [{**RSA_JWK, **changes}]}).size


def modulus() -> int:
    return int.from_bytes(bytes_of(RSA_JWK["n"]), "big")


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def test_attack_12_rsa_keys_that_are_too_short() -> None:
    small = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    assert fit(n=number(small.n)) == 0
    assert fit(n=number(modulus() >> 1 | 1)) == 0
    assert fit(n=base64url(bytes(128) + bytes_of(RSA_JWK["n"])[:128])) == 0
    assert fit() == 1


@pytest.mark.parametrize("exponent", [b"\1", b"\2", b"\0", b"\1\0\0", b"\0\3", b"", b"\xff" * 9])
def test_attack_12_exponents_that_are_no_exponents(exponent: bytes) -> None:
    assert fit(e=base64url(exponent)) == 0


def test_attack_12_exponents_that_are_taken() -> None:
    assert fit(e=base64url(b"\3")) == 1
    assert fit(e=base64url(b"\1\0\1")) == 1


def test_attack_12_an_even_or_huge_modulus() -> None:
    assert fit(n=number(modulus() & ~1)) == 0
    assert fit(n=base64url(b"\xff" * 2048)) == 0


def test_attack_12_a_modulus_with_the_fingerprint_of_cve_2017_15361() -> None:
    product = 1
    for prime in range(3, 168, 2):
        if all(prime % divisor for divisor in range(3, int(prime**0.5) + 1, 2)):
            product *= prime
    # 65537^5 modulo the product, raised to 2048 bits by a multiple of it that keeps the number odd.
    vulnerable = pow(65537, 5, product) + product * ((1 << 2047) // product + 1)
    vulnerable += product if vulnerable % 2 == 0 else 0
    assert fit(n=number(vulnerable)) == 0
    # Its neighbour without the fingerprint is an ordinary number.
    assert fit(n=number(vulnerable + 2)) == 1


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "secret",
        "x" * 31,
        "x" * 64,
        "abcd1234" * 8,
        "my-super-secret-key-that-is-long-enough",
        "a-string-secret-at-least-256-bits-long",
        "your-256-bit-secret-your-256-bit-secret!",
        "CHANGE_THIS_TO_SOMETHING_RANDOM__please",
        "0123456789012345678901234567890123456789",
        "0a6b944d-d2fb-46fc-a85e-0295c986cd9f",
        "30ea254068547749377862e7d9a644c1",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "r9iMKoe5CRMgvJBBtp4HrqN7QiPpUToj",
        42,
    ],
)
def test_attack_13_weak_secrets_are_refused_at_start(secret: object) -> None:
    with pytest.raises(ConfigurationError) as refused:
        verifier_of(secret=secret)
    assert "secrets.token_urlsafe" in str(refused.value)
    if len(str(secret)) > 6:
        assert str(secret) not in str(refused.value)


def test_attack_13_random_ones_are_taken_in_every_usual_form() -> None:
    for _ in range(50):
        secret = os.urandom(32)
        for form in (secret, secret.hex(), base64url(secret)):
            verifier_of(secret=form)


def test_attack_13_a_secret_stands_alone() -> None:
    secret = os.urandom(32)
    for options in (
        {"secret": secret, "algorithms": ["ES256"]},
        {"secret": secret, "keys": parse_key_set({"keys": [KEY.jwk]})},
    ):
        with pytest.raises(ConfigurationError):
            verifier_of(**options)
    with pytest.raises(ConfigurationError):
        verifier_of(algorithms=["HS256"])


@pytest.mark.parametrize("bits", [256, 384, 512])
def test_attack_13_a_symmetric_key_shorter_than_the_digest(bits: int) -> None:
    def check(secret: bytes) -> str:
        text = compact(dumps({"alg": f"HS{bits}"}), "{}", hmac_signer(secret, bits))
        return judge_jws(text, {"kty": "oct", "k": base64url(secret)})

    assert check(os.urandom(bits // 8 - 1)) == "token_untrusted"
    assert check(b"") == "token_untrusted"
    assert check(os.urandom(bits // 8)) == "accept"


Y = bytes_of(KEY.jwk["y"])
STANDARD = {"y": KEY.jwk["y"].replace("-", "+").replace("_", "/") + "="}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"y": base64url(Y[:-1] + bytes([Y[-1] ^ 1]))}, id="a point that is not on the curve"),
        pytest.param({"x": base64url(bytes(32)), "y": base64url(bytes(32))}, id="the point 0, 0"),
        pytest.param({"y": base64url(b"\xff" * 32)}, id="a coordinate beyond the field"),
        pytest.param({"y": base64url(Y[1:])}, id="a coordinate of 31 bytes"),
        pytest.param({"y": base64url(b"\0" + Y)}, id="a coordinate with a zero before it"),
        pytest.param(STANDARD, id="a coordinate in plain base64"),
        pytest.param({"crv": "P-384"}, id="another curve"),
        pytest.param({"crv": "secp256k1"}, id="a curve that is not allowed"),
        pytest.param({"crv": ["P-256"]}, id="a curve that is no text"),
        pytest.param({"kty": "OKP"}, id="the type OKP"),
        pytest.param({"kty": "RSA"}, id="the type RSA"),
        pytest.param({"kty": ["EC"]}, id="a type that is no text"),
        pytest.param({"y": LEFT_OUT}, id="no y"),
        pytest.param({**generate("EdDSA").jwk, "crv": "P-256"}, id="an Edwards curve named P-256"),
    ],
)
def test_attack_14_points_and_curves(changes: Json) -> None:
    assert judge_jws(token(), without_left_out({**KEY.jwk, **changes, "kid": KEY.kid})) == "token_untrusted"


def test_attack_14_keys_of_the_right_type_for_another_curve() -> None:
    assert (
        judge_jws(token(header={"alg": "ES384"}), without_left_out({**KEY.jwk, "alg": LEFT_OUT})) == "token_untrusted"
    )
    for crv, public in (
        ("X25519", x25519.X25519PrivateKey.generate().public_key().public_bytes_raw()),
        ("Ed448", ed448.Ed448PrivateKey.generate().public_key().public_bytes_raw()),
    ):
        assert parse_key_set({"keys": [{"kty": "OKP", "crv": crv, "x": base64url(public)}]}).size == 0


class ChangingKeys:
    def __init__(self, *keys: Json) -> None:
        self.set: KeySet
        self.become(*keys)

    def become(self, *keys: Json) -> None:
        self.set = parse_key_set({"keys": list(keys)})

    def find(self, kid: str | None, alg: str) -> VerificationKey | None:
        return self.set.find(kid, alg)

    def holds(self, key: VerificationKey) -> bool:
        return self.set.holds(key)


def test_attack_21_a_token_that_was_accepted_is_refused_once_its_key_has_left_the_set() -> None:
    following = generate("ES256", "next")
    keys = ChangingKeys(KEY.jwk, following.jwk)
    verifier = verifier_of(keys=keys)
    text = token()
    assert judge(text, verifier) == "accept"
    keys.become(following.jwk, KEY.jwk)
    assert judge(text, verifier) == "accept"
    keys.become(following.jwk)
    assert judge(text, verifier) == "token_untrusted"
    assert judge(token(), verifier) == "token_untrusted"
    assert judge(token(key=following), verifier) == "accept"


def test_attack_21_and_refused_when_another_key_takes_its_kid() -> None:
    keys = ChangingKeys(KEY.jwk)
    verifier = verifier_of(keys=keys)
    text = token()
    assert judge(text, verifier) == "accept"
    keys.become({**generate().jwk, "kid": KEY.kid})
    assert judge(text, verifier) == "token_untrusted"


POISON: dict[str, Callable[[], Answer]] = {
    "HTML": lambda: Answer(b"<html>Log in to the Wi-Fi</html>", content_type="text/html"),
    "HTML that says it is JSON": lambda: Answer(b"<html>"),
    "a key set that says it is HTML": lambda: Answer(dumps({"keys": [KEY.jwk]}).encode(), content_type="text/html"),
    "no keys": lambda: json_answer({"keys": []}),
    "no list of keys": lambda: json_answer({}),
    "an array": lambda: json_answer([KEY.jwk]),
    "null": lambda: json_answer(None),
    "no body": lambda: Answer(b""),
    "no type": lambda: Answer(dumps({"keys": [KEY.jwk]}).encode(), content_type=""),
    "only unfit keys": lambda: json_answer({"keys": [{**KEY.jwk, "use": "enc"}]}),
    "a kid twice": lambda: json_answer({"keys": [KEY.jwk, KEY.jwk]}),
    "a symmetric key among them": lambda: json_answer({"keys": [KEY.jwk, {"kty": "oct", "k": "AAAA"}]}),
    "duplicate names": lambda: Answer(b'{"keys":[],"keys":[]}'),
    "bytes that are no UTF-8": lambda: Answer(b'{"keys":["\xff"]}'),
    "100,000 arrays": lambda: Answer(b"[" * 100_000),
    "status 500": lambda: Answer(dumps({"keys": [KEY.jwk]}).encode(), status=500),
    "a redirect": lambda: Answer(dumps({"keys": [KEY.jwk]}).encode(), status=302),
    "far too much": lambda: json_answer({"keys": [KEY.jwk], "more": "x" * 200_000}),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_attack_22_a_poisoned_key_set_changes_nothing_and_is_told(poison: Callable[[], Answer]) -> None:
    clock = Clock()
    failures: list[str] = []
    issuer = JsonIssuer(KEY.jwk)
    good = issuer.answer
    keys = RemoteKeys(
        URL, fetch=issuer.fetch, now=clock, max_age=300, on_failure=lambda error: failures.append(error.code)
    )
    verifier = verifier_of(keys=keys, revocations="none")
    assert judge(token(), verifier) == "accept"
    issuer.answer = poison
    clock.now += 400
    assert judge(token(), verifier) == "accept"
    assert judge(token({"aud": [AUDIENCE]}), verifier) == "accept"
    assert len(failures) == 1
    clock.now += 25 * 3600
    assert judge(token(), verifier) == "keys_unavailable"
    issuer.answer = good
    clock.now += 30
    assert judge(token(), verifier) == "accept"
