"""The servers that people run, against the real Latchstring: gunicorn with two workers, uvicorn.

"C1: Flask", "C2: FastAPI", "C3: Django": what is ended in Latchstring is refused by every worker within a second.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import pytest
from frameworks.exchange import Exchanged, exchange
from frameworks.processes import Latchstring, Person, application, express, latchstring
from frameworks.setup import APP

GUNICORN = ("gunicorn", "--bind", "localhost:{port}", "--workers", "2", "--limit-request-field_size", "0")
UVICORN = ("uvicorn", "--factory", "--host", "localhost", "--port", "{port}", "--log-level", "warning")


@dataclass(frozen=True)
class Server:
    """A command, and the routes that it protects."""

    name: str
    command: tuple[str, ...]
    paths: tuple[str, ...]


FLASK = "frameworks.flask_app:create_app()"
FASTAPI = "frameworks.fastapi_app:create_app"
DJANGO = "frameworks.django_served"
FASTAPI_PATHS = ("/me", "/sync/me", "/inner/me", "/scope/me")
DJANGO_PATHS = ("/me", "/async/me", "/class/me", "/async-class/me", "/rest/me", "/unguarded")

SERVERS = [
    Server("Flask, gunicorn", (*GUNICORN, FLASK), ("/me", "/async/me", "/scope/me")),
    Server("Flask, gunicorn --preload", (*GUNICORN, "--preload", FLASK), ("/me",)),
    Server("Flask, gunicorn with threads", (*GUNICORN, "--threads", "4", FLASK), ("/me",)),
    Server("FastAPI, uvicorn", (*UVICORN, FASTAPI), FASTAPI_PATHS),
    Server("FastAPI, uvicorn with two workers", (*UVICORN, "--workers", "2", FASTAPI), FASTAPI_PATHS),
    Server("Django, gunicorn", (*GUNICORN, f"{DJANGO}:create_wsgi()"), DJANGO_PATHS),
    Server("Django, gunicorn --preload", (*GUNICORN, "--preload", f"{DJANGO}:create_wsgi()"), ("/me", "/rest/me")),
    Server("Django, uvicorn", (*UVICORN, "--lifespan", "off", f"{DJANGO}:create_asgi"), DJANGO_PATHS),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Latchstring, None, None]:
    with latchstring(tmp_path_factory.mktemp("latchstring")) as running:
        yield running


@pytest.fixture(scope="module")
def express_port(service: Latchstring) -> Generator[int, None, None]:
    settings = service.settings()
    with express(issuer=settings["ISSUER"], audience=settings["AUDIENCE"], origins=settings["ORIGINS"]) as port:
        yield port


@dataclass(frozen=True)
class Running:
    server: Server
    port: int

    def send(self, path: str, person: Person, method: str = "GET") -> Exchanged:
        return exchange(self.port, path, person.headers, method)


@pytest.fixture(scope="module", params=SERVERS, ids=lambda server: server.name)
def running(
    request: pytest.FixtureRequest, service: Latchstring, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Running, None, None]:
    server: Server = request.param
    log = tmp_path_factory.mktemp("application") / "log"
    # Tokens of the service have the role "user" at most: the scope asks for others.
    environment = {"TEST_LATCHSTRING": json.dumps(service.settings())}
    with application(server.command, environment, log) as port:
        yield Running(server, port)
    text = log.read_text()
    assert "Traceback" not in text, text


def until(answers: Callable[[], list[Exchanged]], status: int, seconds: float) -> list[Exchanged]:
    """Asks until every answer has a status, for so many seconds at most."""
    end = time.monotonic() + seconds
    while True:
        found = answers()
        if all(answer.status == status for answer in found) or time.monotonic() > end:
            return found


# Each is asked more than once: there are two workers, and whoever asks does not choose.
ASKED = 8


@pytest.mark.parametrize("mode", ["cookie", "bearer"])
def test_attack_50_a_session_that_was_ended_is_refused_within_a_second(
    running: Running, service: Latchstring, express_port: int, mode: str
) -> None:
    person = Person.register(service, mode)
    paths = [path for path in running.server.paths if path != "/scope/me"]
    for path in paths:
        answers = [running.send(path, person) for _ in range(ASKED)]
        assert {(answer.status, answer.json.get("subject")) for answer in answers} == {(200, person.subject)}, path
    if "/scope/me" in running.server.paths:
        assert running.send("/scope/me", person).code == "role_missing"
    person.log_out()
    ended = time.monotonic()
    # Which worker answers is chance: when the second is over, none of them may accept it.
    while time.monotonic() - ended < 1:
        running.send(paths[0], person)
    for path in running.server.paths:
        answers = [running.send(path, person) for _ in range(ASKED)]
        assert {(answer.status, answer.code) for answer in answers} == {(401, "token_revoked")}
    # The document of Express, which follows the same feed.
    model = until(lambda: [exchange(express_port, "/me", person.headers)], 401, 1)[0]
    answer = running.send(running.server.paths[0], person)
    bodies = [one.body.replace(str(one.header("x-trace-id")).encode(), b"") for one in (answer, model)]
    assert bodies[0] == bodies[1]
    assert answer.header("www-authenticate") == model.header("www-authenticate")


def test_attack_51_a_change_of_roles_outdates_the_token(running: Running, service: Latchstring) -> None:
    person = Person.register(service)
    path = running.server.paths[0]
    assert running.send(path, person).status == 200
    service.command("users", "roles", person.email, "admin")
    answers = until(lambda: [running.send(path, person) for _ in range(ASKED)], 401, 2)
    assert {answer.code for answer in answers} == {"token_outdated"}


def test_cookies_change_things_with_their_proof_alone(running: Running, service: Latchstring) -> None:
    """B3: every adapter checks the CSRF token that the real service has set."""
    person = Person.register(service)
    assert running.send("/me", person, "POST").status == 200
    without = {name: value for name, value in person.headers.items() if name != "X-CSRF-Token"}
    assert exchange(running.port, "/me", without, "POST").code == "csrf_failed"


def test_a_page_can_read_a_refusal_and_ask_beforehand(running: Running) -> None:
    """B4: the headers of the application's own CORS layer are on refusals and preflights."""
    refusal = exchange(running.port, "/me", {"Origin": APP})
    preflight = {
        "Origin": APP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-csrf-token",
    }
    asked = exchange(running.port, "/me", preflight, "OPTIONS")
    for answer in (refusal, asked):
        assert answer.header("access-control-allow-origin") == APP
        assert answer.header("access-control-allow-credentials") == "true"
    assert refusal.code == "credentials_missing"
    assert asked.status in (200, 204)


MEGABYTE = "x" * 1024 * 1024
NOT_UTF8 = bytes(range(0x80, 0x100)) * 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("Authorization", f"Bearer {MEGABYTE}", id="a token of 1 MB"),
        pytest.param("Authorization", "Bearer " + "." * 30_000, id="dots"),
        pytest.param("Cookie", MEGABYTE, id="a cookie header of 1 MB"),
        pytest.param("Cookie", "; ".join(f"c{at}={at}" for at in range(10_000)), id="attack 66: 10,000 cookies"),
        pytest.param("Cookie", "; ".join(["{cookie}=x"] * 1000), id="attack 66: the cookie 1,000 times"),
        pytest.param("Authorization", b"Bearer " + NOT_UTF8, id="bytes that are no UTF-8"),
        pytest.param("Cookie", b"{cookie}=" + NOT_UTF8, id="attack 65: a cookie of bytes that are no UTF-8"),
        pytest.param("Cookie", "{cookie}=", id="attack 65: an empty cookie"),
        pytest.param("Cookie", '{cookie}="a', id="attack 65: an open quote"),
        pytest.param("X-CSRF-Token", NOT_UTF8, id="a CSRF token of bytes that are no UTF-8"),
        pytest.param("Origin", NOT_UTF8, id="an origin of bytes that are no UTF-8"),
        pytest.param("Authorization", "Bearer", id="a scheme alone"),
        pytest.param("Authorization", "", id="an empty header"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_attack_88_bad_input_is_refused_and_never_an_error(
    running: Running, service: Latchstring, name: str, value: str | bytes, method: str
) -> None:
    person = Person.register(service) if name in ("X-CSRF-Token", "Origin") and method == "POST" else None
    cookie = service.cookie
    filled = (
        value.replace(b"{cookie}", cookie.encode()) if isinstance(value, bytes) else value.replace("{cookie}", cookie)
    )
    headers = {} if person is None else {key: text for key, text in person.headers.items() if key != name}
    for path in running.server.paths:
        answer = exchange(running.port, path, [*headers.items(), (name, filled)], method)
        if path == "/unguarded" and answer.status == 200:
            assert answer.json == {"subject": None}
            continue
        assert answer.status in (400, 401, 403, 405, 431), answer
