"""The answers to refused requests are those of the adapters for Node, byte for byte but for the trace."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import pytest
from frameworks.exchange import Exchanged, HeaderList, exchange
from frameworks.processes import express, free_port
from frameworks.setup import APP, Setup
from frameworks.stacks import STACKS, Stack

from latchstring import RevocationOptions, Verifier
from latchstring.testing import Issuer

ISSUER = Issuer("http://localhost:4000", "http://localhost:4000")
OTHER = Issuer("http://localhost:4000", "http://localhost:4000")
BEARER = ISSUER.bearer()["Authorization"]
COOKIE = ISSUER.cookie()["Cookie"]

COMPARED = ("content-type", "www-authenticate", "retry-after", "cache-control")


@dataclass(frozen=True)
class Case:
    code: str
    headers: HeaderList = ()
    method: str = "GET"
    path: str = "/me"


def bearer(**options: object) -> HeaderList:
    return list(ISSUER.bearer(**options).items())  # type: ignore[arg-type]


def signed(claims: dict[str, object], **header: object) -> HeaderList:
    return [("Authorization", f"Bearer {ISSUER.sign(claims, header)}")]


REFUSALS = [
    Case("credentials_missing"),
    Case("credentials_ambiguous", [("Authorization", BEARER), ("Cookie", COOKIE)]),
    Case("credentials_ambiguous", [("Authorization", f"Bearer {ISSUER.token(mode='cookie')}")]),
    Case("credentials_ambiguous", [("Cookie", f"{COOKIE}; {COOKIE}")]),
    Case("token_malformed", [("Authorization", "Bearer x")]),
    Case("token_malformed", [("Authorization", "Bearer " + "x" * 9000)]),
    Case("token_malformed", bearer(claims={"sid": None})),
    Case("token_wrong_type", signed({}, typ="JWT")),
    Case("token_untrusted", signed({}, alg="none")),
    Case("token_untrusted", list(OTHER.bearer().items())),
    Case("token_expired", bearer(lifetime=-60)),
    Case("token_not_yet_valid", bearer(claims={"nbf": 4_000_000_000})),
    Case("token_wrong_issuer", bearer(claims={"iss": "http://localhost:4001"})),
    Case("token_wrong_audience", bearer(claims={"aud": "http://localhost:4001"})),
    Case("csrf_failed", [("Cookie", COOKIE), ("Origin", "https://evil.example")], "POST"),
    Case("csrf_failed", [("Cookie", COOKIE), ("Origin", APP)], "POST"),
    Case("csrf_failed", [("Cookie", COOKIE), ("Origin", APP), ("X-CSRF-Token", "x")], "POST"),
    Case("role_missing", [("Authorization", BEARER)], path="/admin"),
]


@pytest.fixture(scope="module")
def express_port() -> Generator[int, None, None]:
    with express(issuer=ISSUER.issuer, audience=ISSUER.audience, origins=[APP], jwks=ISSUER.jwks) as port:
        yield port


@pytest.fixture(scope="module", params=STACKS, ids=lambda stack: stack.name)
def served(request: pytest.FixtureRequest) -> Generator[tuple[int, str], None, None]:
    stack: Stack = request.param
    with stack.serve(Setup(ISSUER.verifier(origins=[APP]))) as port:
        yield port, stack.prefix


def without_trace(answer: Exchanged) -> bytes:
    trace_id = answer.header("x-trace-id")
    assert trace_id is not None
    return answer.body.replace(trace_id.encode(), b"TRACE")


def assert_same(answer: Exchanged, model: Exchanged, code: str) -> None:
    assert model.code == code
    assert answer.status == model.status
    assert without_trace(answer) == without_trace(model)
    for name in COMPARED:
        assert answer.header(name) == model.header(name), name
    exposed = str(answer.header("access-control-expose-headers"))
    assert str(model.header("access-control-expose-headers")) in exposed


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.code)
def test_a_refusal_is_the_document_of_express(served: tuple[int, str], express_port: int, case: Case) -> None:
    """C5: every code, with its status and its challenge."""
    port, prefix = served
    answer = exchange(port, prefix + case.path, case.headers, case.method)
    assert_same(answer, exchange(express_port, case.path, case.headers, case.method), case.code)


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_keys_that_cannot_be_loaded_are_the_document_of_express(stack: Stack) -> None:
    nowhere = f"http://localhost:{free_port()}"
    token = Issuer(nowhere, nowhere).bearer()
    with (
        express(issuer=nowhere, audience=nowhere, origins=[APP]) as model,
        stack.serve(Setup(Verifier(issuer=nowhere, audience=nowhere, revocations="none"))) as port,
    ):
        assert_same(exchange(port, f"{stack.prefix}/me", token), exchange(model, "/me", token), "keys_unavailable")


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
def test_a_stale_feed_is_the_document_of_express(stack: Stack) -> None:
    feed = f"http://localhost:{free_port()}/feed"
    verifier = ISSUER.verifier(revocations=RevocationOptions(url=feed, on_failure=lambda _: None))
    headers = ISSUER.bearer()
    with (
        express(issuer=ISSUER.issuer, audience=ISSUER.audience, origins=[APP], jwks=ISSUER.jwks, feed=feed) as model,
        stack.serve(Setup(verifier)) as port,
    ):
        answer = exchange(port, f"{stack.prefix}/me", headers)
        assert_same(answer, exchange(model, "/me", headers), "revocations_stale")
    verifier.close()
