"""What a route costs in each framework, bare and protected, for the bench: ``NAME COUNT`` on a line of standard input, the microseconds of
CPU that one of so many requests took on a line of standard output. The applications are called as a server calls them, without one."""

from __future__ import annotations

import asyncio
import gc
import io
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Annotated, Any

import flask_jwt_extended
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse
from flask import Flask

from latchstring import Principal
from latchstring.fastapi import Latchstring as FastApiLatchstring
from latchstring.flask import Latchstring as FlaskLatchstring
from latchstring.testing import Issuer

ISSUER = Issuer("https://auth.example.com", "https://api.example.com")
VERIFIER = ISSUER.verifier(algorithms=["ES256"])
PEER_KEY = ec.generate_private_key(ec.SECP256R1())
PRIVATE = PEER_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = PEER_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
PEOPLE = 50

settings.configure(
    SECRET_KEY="of the bench",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
    MIDDLEWARE=[],
    DATABASES={},
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
    },
    LATCHSTRING={"VERIFIER": VERIFIER},
    SIMPLE_JWT={
        "ALGORITHM": "ES256",
        "SIGNING_KEY": PRIVATE,
        "VERIFYING_KEY": PUBLIC,
        "ISSUER": ISSUER.issuer,
        "AUDIENCE": ISSUER.audience,
        "USER_ID_CLAIM": "sub",
        "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
    },
)

import django  # noqa: E402

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication  # noqa: E402
from rest_framework_simplejwt.tokens import AccessToken  # noqa: E402

from latchstring.django import required  # noqa: E402
from latchstring.django.rest import LatchstringAuthentication, requires  # noqa: E402


def flask_app(
    protect: Callable[[Any], Any] = lambda view: view, prepare: Callable[[Flask], Any] = lambda _: None
) -> Flask:
    app = Flask(__name__)
    prepare(app)
    app.add_url_rule("/", view_func=protect(lambda: "ok"), endpoint="view")
    return app


def jwt_extended(key: Any) -> Flask:
    def prepare(app: Flask) -> None:
        app.config.update(
            JWT_ALGORITHM="ES256",
            JWT_PUBLIC_KEY=key,
            JWT_PRIVATE_KEY=PRIVATE,
            JWT_DECODE_ISSUER=ISSUER.issuer,
            JWT_ENCODE_ISSUER=ISSUER.issuer,
            JWT_DECODE_AUDIENCE=ISSUER.audience,
            JWT_ENCODE_AUDIENCE=ISSUER.audience,
        )
        flask_jwt_extended.JWTManager(app)

    return flask_app(flask_jwt_extended.jwt_required(), prepare)


def fastapi_app(*dependencies: Any) -> FastAPI:
    app = FastAPI()
    if not dependencies:

        @app.get("/", response_class=PlainTextResponse)
        async def bare() -> str:
            return "ok"

        return app
    auth = FastApiLatchstring(VERIFIER)
    auth.init_app(app)
    logged_in = auth.required()

    async def protected(principal: Annotated[Principal, Depends(logged_in)]) -> str:
        return "ok"

    # The annotation names what is in this function alone.
    protected.__annotations__["principal"] = Annotated[Principal, Depends(logged_in)]
    app.get("/", response_class=PlainTextResponse)(protected)
    return app


def bare(_: Any) -> HttpResponse:
    return HttpResponse("ok")


class Rest(APIView):
    def get(self, _: Any) -> Response:
        return Response("ok")


class RestOurs(Rest):
    authentication_classes = (LatchstringAuthentication,)
    permission_classes = (requires(),)


class RestPeer(Rest):
    authentication_classes = (JWTStatelessUserAuthentication,)


urlpatterns = [
    path("bare", bare),
    path("ours", required()(bare)),
    path("rest/bare", Rest.as_view()),
    path("rest/ours", RestOurs.as_view()),
    path("rest/peer", RestPeer.as_view()),
]


def django_app(*middleware: str) -> Any:
    with override_settings(MIDDLEWARE=list(middleware)):
        return get_wsgi_application()


def own_tokens() -> list[str]:
    return [ISSUER.token(roles=["user"]) for _ in range(PEOPLE)]


def extended_tokens() -> list[str]:
    with FLASK_PEER.app_context():
        return [
            flask_jwt_extended.create_access_token(str(at), additional_claims=CLAIMS, expires_delta=timedelta(hours=1))
            for at in range(PEOPLE)
        ]


def simple_tokens() -> list[str]:
    tokens = [AccessToken() for _ in range(PEOPLE)]
    for at, token in enumerate(tokens):
        token["sub"] = str(at)
        for name, value in CLAIMS.items():
            token[name] = value
    return [str(token) for token in tokens]


# So that all tokens are of about the same size.
CLAIMS: dict[str, Any] = {
    "sid": "018f6d2a-0000-7000-8000-000000000002",
    "ver": 1,
    "client_id": "native",
    "auth_time": 1_800_000_000,
    "amr": ["pwd"],
}


def environ(token: str, where: str) -> dict[str, Any]:
    """What gunicorn gives for a request of a usual client. Every header is a new text."""
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": where,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "RAW_URI": where,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "gunicorn",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "40000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "HTTP_HOST": "localhost:8000",
        "HTTP_USER_AGENT": "bench",
        "HTTP_ACCEPT": "application/json",
        "HTTP_ACCEPT_ENCODING": "gzip",
        "HTTP_CONNECTION": "keep-alive",
        "HTTP_AUTHORIZATION": "".join(("Bearer ", token)),
    }


def wsgi(app: Any, tokens: Sequence[str], where: str = "/") -> Callable[[int], float]:
    status = ""

    def start_response(line: str, headers: Any, error: Any = None) -> None:
        nonlocal status
        status = line

    def measure(count: int) -> float:
        requests = [environ(tokens[at % len(tokens)], where) for at in range(count)]
        gc.collect()
        start = time.process_time()
        for request in requests:
            body: Iterable[bytes] = app(request, start_response)
            for _ in body:
                pass
            close = getattr(body, "close", None)
            if close is not None:
                close()
        used = time.process_time() - start
        assert status.startswith("200"), status
        return used / count * 1e6

    return measure


LOOP = asyncio.new_event_loop()


def asgi(app: Any, tokens: Sequence[str]) -> Callable[[int], float]:
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    def scope(token: str) -> dict[str, Any]:
        headers = [(b"host", b"localhost"), (b"user-agent", b"bench"), (b"accept", b"application/json")]
        headers += [
            (b"accept-encoding", b"gzip"),
            (b"connection", b"keep-alive"),
            (b"authorization", f"Bearer {token}".encode()),
        ]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }

    def measure(count: int) -> float:
        requests = [scope(tokens[at % len(tokens)]) for at in range(count)]

        async def serve() -> float:
            gc.collect()
            start = time.process_time()
            for request in requests:
                await app(request, receive, send)
            return time.process_time() - start

        used = LOOP.run_until_complete(serve())
        assert status == 200, status
        return used / count * 1e6

    return measure


MIDDLEWARE = "latchstring.django.LatchstringMiddleware"
FLASK_PEER = jwt_extended(PUBLIC)
OWN, EXTENDED, SIMPLE = own_tokens(), extended_tokens(), simple_tokens()
FLASK_OURS = FlaskLatchstring(verifier=VERIFIER)

CONTESTANTS: dict[str, Callable[[int], float]] = {
    "Flask/bare": wsgi(flask_app(), OWN),
    "Flask/latchstring": wsgi(flask_app(FLASK_OURS.required(), FLASK_OURS.init_app), OWN),
    "Flask/Flask-JWT-Extended": wsgi(FLASK_PEER, EXTENDED),
    "Flask/Flask-JWT-Extended-with-a-ready-key": wsgi(jwt_extended(PEER_KEY.public_key()), EXTENDED),
    "FastAPI/bare": asgi(fastapi_app(), OWN),
    "FastAPI/latchstring": asgi(fastapi_app("required"), OWN),
    "Django/bare": wsgi(django_app(), OWN, "/bare"),
    "Django/latchstring": wsgi(django_app(MIDDLEWARE), OWN, "/ours"),
    "DRF/bare": wsgi(django_app(), OWN, "/rest/bare"),
    "DRF/latchstring": wsgi(django_app(MIDDLEWARE), OWN, "/rest/ours"),
    "DRF/simplejwt": wsgi(django_app(), SIMPLE, "/rest/peer"),
}


def main() -> None:
    for line in sys.stdin:
        name, count = line.split()
        print(CONTESTANTS[name](int(count)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
