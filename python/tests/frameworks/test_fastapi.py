"""C2: what FastAPI and Starlette alone have."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from frameworks.exchange import exchange
from frameworks.fastapi_app import create_app
from frameworks.local_servers import asgi_server
from frameworks.setup import APP, Setup
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from latchstring import ConfigurationError, RevocationOptions
from latchstring.asgi import LatchstringMiddleware
from latchstring.fastapi import Latchstring
from latchstring.testing import Issuer

ISSUER = Issuer("http://localhost:4000", "http://localhost:4000")
ADA = "018f6d2a-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def port() -> Generator[int, None, None]:
    with asgi_server(create_app(Setup(ISSUER.verifier(origins=[APP])))) as listening:
        yield listening


def test_the_document_shows_both_ways_to_authenticate() -> None:
    app = create_app(Setup(ISSUER.verifier()))
    # The framework keeps what it has made: asking twice must not add twice.
    assert app.openapi() == app.openapi()
    document = app.openapi()
    cookies = ISSUER.verifier().cookies
    assert document["components"]["securitySchemes"] == {
        "LatchstringBearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "LatchstringCookie": {"type": "apiKey", "in": "cookie", "name": cookies.access},
        "LatchstringCsrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
    }
    bearer: dict[str, Any] = {"LatchstringBearer": []}
    cookie: dict[str, Any] = {"LatchstringCookie": []}
    paths = document["paths"]
    assert paths["/me"]["get"]["security"] == [bearer, cookie]
    assert paths["/me"]["post"]["security"] == [bearer, {**cookie, "LatchstringCsrf": []}]
    assert paths["/maybe"]["get"]["security"] == [{}, bearer, cookie]


def test_without_init_app_a_refusal_still_has_its_status() -> None:
    auth = Latchstring(ISSUER.verifier())
    app = FastAPI()
    app.get("/me", dependencies=[Depends(auth.required())])(lambda: "me")
    with asgi_server(app) as port:
        answer = exchange(port)
    assert (answer.status, answer.header("www-authenticate")) == (401, "Bearer")
    assert answer.json == {"detail": "credentials_missing"}


@pytest.mark.parametrize("path", ["/socket", "/inner/socket"])
def test_a_handshake_is_let_in_with_a_token_or_the_cookie_of_a_listed_origin(port: int, path: str) -> None:
    cookie = ISSUER.cookie(ADA)["Cookie"]
    for headers in (ISSUER.bearer(ADA), {"Cookie": cookie, "Origin": APP}):
        with connect(f"ws://localhost:{port}{path}", additional_headers=headers) as socket:
            assert socket.recv() == ADA


@pytest.mark.parametrize("path", ["/socket", "/inner/socket"])
@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "credentials_missing"),
        ({"Authorization": "Bearer x"}, 401, "token_malformed"),
        ({"Cookie": ISSUER.cookie()["Cookie"]}, 403, "csrf_failed"),
        ({"Cookie": ISSUER.cookie()["Cookie"], "Origin": "https://evil.example"}, 403, "csrf_failed"),
        ({"Cookie": ISSUER.cookie()["Cookie"], "Origin": "null"}, 403, "csrf_failed"),
    ],
)
def test_attack_73_any_other_handshake_is_refused_before_it_is_accepted(
    port: int, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://localhost:{port}{path}", additional_headers=headers):
        pass
    response = refused.value.response
    assert response.status_code == status
    assert code in response.body.decode()
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/socket", "/inner/socket"])
@pytest.mark.anyio
async def test_a_server_that_cannot_answer_a_handshake_closes_it_with_1008(path: str, anyio_backend: object) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "headers": [],
        "query_string": b"",
    }
    await create_app(Setup(ISSUER.verifier()))({**scope, "subprotocols": []}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "credentials_missing"}]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_feed_is_followed_as_long_as_the_application_runs() -> None:
    asked: list[str] = []

    def fetch(request: Any) -> Any:
        asked.append(request.url)
        raise ConnectionError

    verifier = ISSUER.verifier(revocations=RevocationOptions(fetch=fetch, on_failure=lambda _: None))
    app = create_app(Setup(verifier))
    assert asked == []
    with asgi_server(app) as port:
        exchange(port, "/maybe")
        assert asked
    assert verifier.revocations.status.state == "closed"


def test_the_middleware_leaves_background_tasks_and_the_state_of_other_requests_alone() -> None:
    done: list[str] = []
    app = FastAPI()

    @app.get("/me")
    async def me(tasks: BackgroundTasks) -> str:
        tasks.add_task(done.append, "task")
        return "me"

    with asgi_server(LatchstringMiddleware(app, ISSUER.verifier(), is_optional=True)) as port:
        assert exchange(port).status == 200
        assert exchange(port, headers=ISSUER.bearer()).status == 200
        assert exchange(port, headers={"Authorization": "Bearer x"}).code == "token_malformed"
    assert done == ["task", "task"]


def outside(app: FastAPI, verifier: Any) -> None:
    """The layer that is added last stands outside."""
    app.add_middleware(CORSMiddleware, allow_origins=[APP])
    app.add_middleware(LatchstringMiddleware, verifier=verifier)


def wildcard(app: FastAPI, _: Any) -> None:
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)


@pytest.mark.parametrize("build", [outside, wildcard])
@pytest.mark.anyio
async def test_attack_75_layers_that_would_not_protect_are_refused_at_start(build: Any, anyio_backend: object) -> None:
    """F6: a wildcard origin with credentials, and a CORS layer in the wrong place."""
    verifier = ISSUER.verifier()
    app = FastAPI()
    Latchstring(verifier).init_app(app)
    build(app, verifier)
    with pytest.raises(ConfigurationError):
        async with app.router.lifespan_context(app):
            pass


@pytest.mark.anyio
async def test_an_application_that_is_run_twice_follows_the_feed_each_time(anyio_backend: object) -> None:
    def refuse(_: Any) -> Any:
        raise ConnectionRefusedError

    verifier = ISSUER.verifier(revocations=RevocationOptions(fetch=refuse, on_failure=lambda _: None))
    app = FastAPI()
    Latchstring(verifier).init_app(app)
    states: list[str] = []
    for _ in range(2):
        async with app.router.lifespan_context(app):
            states.append(verifier.revocations.status.state)
        states.append(verifier.revocations.status.state)
    assert states == ["starting", "closed"] * 2


def test_a_refusal_that_a_route_raises_is_answered_alike() -> None:
    verifier = ISSUER.verifier()
    app = FastAPI()
    Latchstring(verifier).init_app(app)
    app.get("/by-hand")(lambda: verifier.verify_token("x"))
    with asgi_server(app) as port:
        assert exchange(port, "/by-hand").code == "token_malformed"
