"""One contract that every adapter keeps, over real sockets; the one of the adapters for Node.

"C1: Flask", "C2: FastAPI", "C3: Django, and Django REST framework": each stack of the fixture.
"C5: 401 and 403", "C6: roles": the refusals and the routes with roles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from frameworks.exchange import Exchanged, HeaderList, exchange
from frameworks.setup import APP, Setup
from frameworks.stacks import STACKS, Stack

from latchstring import RevocationOptions, VerificationError
from latchstring.keys import VerificationKey
from latchstring.testing import Issuer

ISSUER = Issuer("http://localhost:4000", "http://localhost:4000")
ADA = "018f6d2a-0000-7000-8000-000000000001"


@dataclass
class Served:
    port: int
    prefix: str
    refusals: list[tuple[str, str]] = field(default_factory=list)

    def send(
        self, path: str = "/me", headers: dict[str, str] | HeaderList = (), method: str = "GET", body: bytes = b""
    ) -> Exchanged:
        return exchange(self.port, self.prefix + path, headers, method, body)


@pytest.fixture(scope="module", params=STACKS, ids=lambda stack: stack.name)
def stack(request: pytest.FixtureRequest) -> Stack:
    chosen: Stack = request.param
    return chosen


@pytest.fixture(scope="module")
def served(stack: Stack) -> Iterator[Served]:
    refusals: list[tuple[str, str]] = []

    def on_refusal(error: VerificationError, trace_id: str) -> None:
        refusals.append((error.code, trace_id))

    with stack.serve(Setup(ISSUER.verifier(origins=[APP]), on_refusal=on_refusal)) as port:
        yield Served(port, stack.prefix, refusals)


def test_gives_the_principal_to_the_view(served: Served) -> None:
    headers = ISSUER.bearer(ADA)
    for _ in range(2):
        answer = served.send(headers=headers)
        assert (answer.status, answer.json["subject"]) == (200, ADA)
    assert served.send(headers=ISSUER.cookie(ADA)).json["subject"] == ADA


def test_a_refusal_is_a_problem_document_that_a_page_on_another_origin_can_read(served: Served) -> None:
    answer = served.send(headers={"Origin": APP})
    trace_id = answer.header("x-trace-id")
    assert (answer.status, answer.code) == (401, "credentials_missing")
    assert answer.json["trace_id"] == trace_id
    assert answer.header("www-authenticate") == "Bearer"
    assert answer.header("cache-control") == "no-store"
    # The application's own CORS layer has set its headers, and the guard has added to them.
    assert answer.header("access-control-allow-origin") == APP
    assert answer.header("access-control-allow-credentials") == "true"
    exposed = str(answer.header("access-control-expose-headers")).replace(" ", "").split(",")
    assert {"X-Own", "WWW-Authenticate", "Retry-After", "X-Trace-Id"} <= set(exposed)
    assert served.refusals[-1] == ("credentials_missing", trace_id)


BEARER = ISSUER.bearer(ADA)["Authorization"]
COOKIE = ISSUER.cookie(ADA)["Cookie"]


@pytest.mark.parametrize(
    ("path", "method", "headers", "status", "code"),
    [
        pytest.param("/me", "GET", [("Authorization", "Bearer x")], 401, "token_malformed", id="a broken token"),
        pytest.param(
            "/me",
            "GET",
            list(ISSUER.bearer(lifetime=-60).items()),
            401,
            "token_expired",
            id="a token that has ended",
        ),
        pytest.param("/admin", "GET", [("Authorization", BEARER)], 403, "role_missing", id="a missing role"),
        pytest.param(
            "/scope/me",
            "GET",
            list(ISSUER.bearer(roles=["user"]).items()),
            403,
            "role_missing",
            id="none of several roles",
        ),
        pytest.param("/scope/me", "GET", [], 401, "credentials_missing", id="a scope without a credential"),
        pytest.param(
            "/me", "POST", [("Cookie", COOKIE), ("Origin", APP)], 403, "csrf_failed", id="a cookie without its proof"
        ),
        pytest.param(
            "/me",
            "GET",
            [("Authorization", BEARER), ("Authorization", BEARER)],
            400,
            "credentials_ambiguous",
            id="attack 38: two Authorization headers",
        ),
        pytest.param(
            "/me",
            "GET",
            [("Authorization", f"{BEARER}, {BEARER}")],
            400,
            "credentials_ambiguous",
            id="attack 38: two in one header",
        ),
        pytest.param(
            "/me",
            "GET",
            [("Authorization", BEARER), ("Cookie", COOKIE)],
            400,
            "credentials_ambiguous",
            id="attack 38: a header and a cookie",
        ),
        pytest.param(
            "/me",
            "GET",
            [("Cookie", f"{COOKIE}; {COOKIE}")],
            400,
            "credentials_ambiguous",
            id="attack 38: the cookie twice",
        ),
        pytest.param(
            f"/me?access_token={BEARER[7:]}",
            "GET",
            [],
            401,
            "credentials_missing",
            id="attack 39: a token in the query string",
        ),
        pytest.param(
            "/maybe",
            "GET",
            [("Authorization", "Bearer x")],
            401,
            "token_malformed",
            id="attack 65: a broken token where anonymous requests pass",
        ),
        pytest.param(
            "/maybe",
            "GET",
            [("Cookie", COOKIE[:-80])],
            401,
            "token_malformed",
            id="attack 65: a broken cookie where anonymous requests pass",
        ),
        pytest.param(
            "/me",
            "GET",
            [("Authorization", b"Bearer \xff\xfe\x80")],
            401,
            "token_malformed",
            id="bytes that are no UTF-8",
        ),
        pytest.param(
            "/me",
            "GET",
            [("Cookie", COOKIE.split("=")[0].encode() + b"=\xc3\x28\xa0\xa1")],
            401,
            "token_malformed",
            id="attack 65: bytes that are no UTF-8 in the cookie",
        ),
    ],
)
def test_refuses(served: Served, path: str, method: str, headers: HeaderList, status: int, code: str) -> None:
    answer = served.send(path, headers, method)
    assert (answer.status, answer.code) == (status, code)
    # Nothing of a token is in an answer.
    assert BEARER[7:] not in f"{answer.headers}{answer.body!r}"


def test_attack_38_two_cookie_headers_are_refused(served: Served) -> None:
    cookie = COOKIE.split(";")[0]
    answer = served.send(headers=[("Cookie", cookie), ("Cookie", cookie)])
    # WSGI joins them with a comma, which is in no token; elsewhere both are seen.
    assert (answer.status, answer.code) in [(400, "credentials_ambiguous"), (401, "token_malformed")]


def test_attack_39_a_token_in_the_body_is_not_read(served: Served) -> None:
    form = f"access_token={BEARER[7:]}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    answer = served.send("/me", headers, "POST", form)
    assert (answer.status, answer.code) == (401, "credentials_missing")


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_lets_whoever_has_the_role_pass(served: Served, role: str) -> None:
    headers = ISSUER.bearer(ADA, roles=["user", role])
    assert served.send("/scope/me", headers).json["subject"] == ADA
    assert served.send("/admin", headers).status == (200 if role == "admin" else 403)


def test_lets_a_cookie_request_with_its_proof_change_things(served: Served) -> None:
    assert served.send("/me", ISSUER.cookie(ADA), "POST").json["subject"] == ADA
    assert served.send("/me", ISSUER.bearer(ADA), "POST").json["subject"] == ADA


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://localhost:51731",
        "http://localhost:5173.evil.example",
        "http://evil.example",
        "http://localhost",
        "HTTP://localhost:5173",
        "http://localhost:5173/",
        "http://a@localhost:5173",
        "https://localhost:5173",
        None,
    ],
)
def test_attack_73_a_cookie_request_from_elsewhere_changes_nothing(served: Served, origin: str | None) -> None:
    headers = {name: value for name, value in ISSUER.cookie(ADA).items() if name != "Origin"}
    answer = served.send("/me", headers if origin is None else {**headers, "Origin": origin}, "POST")
    assert (answer.status, answer.code) == (403, "csrf_failed")


@pytest.mark.parametrize("origin", ["null", "https://evil.example", f"{APP}.evil.example", f"{APP}1"])
def test_attack_75_a_refusal_is_shown_to_listed_origins_alone(served: Served, origin: str) -> None:
    answer = served.send("/me", {"Origin": origin})
    assert (answer.status, answer.code) == (401, "credentials_missing")
    assert answer.header("access-control-allow-origin") is None


def test_attack_70_a_cross_site_form_changes_nothing(served: Served) -> None:
    headers = {"Cookie": COOKIE, "Origin": "https://evil.example", "Content-Type": "text/plain"}
    answer = served.send("/me", headers, "POST", b'{"a": "="}')
    assert (answer.status, answer.code) == (403, "csrf_failed")


def test_attack_74_a_method_that_is_overridden_stays_what_it_is(served: Served) -> None:
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        answer = served.send("/me", {"Cookie": COOKIE, "Origin": APP, name: "GET"}, "POST")
        assert (answer.status, answer.code) == (403, "csrf_failed")
    answer = served.send("/me?_method=GET", {"Cookie": COOKIE, "Origin": APP}, "POST", b"_method=GET")
    assert (answer.status, answer.code) == (403, "csrf_failed")


def test_lets_a_request_without_a_credential_pass_on_an_optional_route(served: Served) -> None:
    assert served.send("/maybe").json == {"subject": None}
    assert served.send("/maybe", ISSUER.bearer(ADA)).json["subject"] == ADA


def test_leaves_a_preflight_to_the_cors_layer(served: Served) -> None:
    """B4: pages of listed origins may send the CSRF token, all others nothing."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-csrf-token"}
    for path in ("/me", "/scope/me"):
        answer = served.send(path, {**asked, "Origin": APP}, "OPTIONS")
        assert answer.status in (200, 204)
        assert answer.header("access-control-allow-origin") == APP
        assert answer.header("access-control-allow-credentials") == "true"
        assert "x-csrf-token" in str(answer.header("access-control-allow-headers")).lower()
    other = served.send("/me", {**asked, "Origin": "https://evil.example"}, "OPTIONS")
    # Attack 75: no origin but the listed ones.
    assert other.header("access-control-allow-origin") is None


class _Unreachable:
    """An issuer whose keys cannot be loaded."""

    def find(self, kid: str | None, alg: str) -> VerificationKey:
        raise VerificationError("keys_unavailable", "The keys of the issuer could not be loaded.", retry_after=1)

    def holds(self, key: VerificationKey) -> bool:
        return False


def test_says_when_to_come_back_while_the_keys_cannot_be_loaded(stack: Stack) -> None:
    with stack.serve(Setup(ISSUER.verifier(keys=_Unreachable()))) as port:
        answer = exchange(port, f"{stack.prefix}/me", ISSUER.bearer())
    assert (answer.status, answer.code) == (503, "keys_unavailable")
    assert answer.header("retry-after") == "1"


def test_attack_50_closes_while_the_feed_is_stale_but_for_routes_that_stay_open(stack: Stack) -> None:
    def fetch(_: object) -> None:
        raise ConnectionError

    feed = RevocationOptions(fetch=fetch, on_failure=lambda _: None)  # type: ignore[arg-type]
    verifier = ISSUER.verifier(revocations=feed)
    with stack.serve(Setup(verifier)) as port:
        answers = [
            exchange(port, stack.prefix + path, ISSUER.bearer(roles="admin")) for path in ("/me", "/open", "/admin")
        ]
        maybe = exchange(port, f"{stack.prefix}/maybe")
        verifier.close()
    assert [answer.status for answer in answers] == [503, 200, 503]
    assert [answers[0].code, answers[2].code] == ["revocations_stale", "revocations_stale"]
    assert answers[0].header("retry-after") == "1"
    assert answers[0].header("www-authenticate") is None
    assert json.loads(maybe.body) == {"subject": None}
