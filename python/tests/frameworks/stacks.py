"""The frameworks, each serving the routes of the contract."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from django.conf import settings
from frameworks.fastapi_app import create_app as create_fastapi_app
from frameworks.flask_app import create_app as create_flask_app
from frameworks.local_servers import asgi_server, wsgi_server
from frameworks.setup import Setup

if not settings.configured:
    from frameworks.django_setup import configure

    configure()

from django.test import override_settings
from frameworks.django_app import create_asgi, create_wsgi
from frameworks.django_setup import settings_of


@dataclass(frozen=True)
class Stack:
    """``serve`` gives a port; the routes of the contract are below ``prefix``."""

    name: str
    serve: Callable[[Setup], AbstractContextManager[int]]
    prefix: str = ""


@contextmanager
def _django_wsgi(setup: Setup) -> Generator[int, None, None]:
    with override_settings(LATCHSTRING=settings_of(setup)), wsgi_server(create_wsgi()) as port:
        yield port


@contextmanager
def _django_asgi(setup: Setup) -> Generator[int, None, None]:
    with override_settings(LATCHSTRING=settings_of(setup)), asgi_server(create_asgi()) as port:
        yield port


FLASK = Stack("Flask", lambda setup: wsgi_server(create_flask_app(setup)))
FASTAPI = Stack("FastAPI", lambda setup: asgi_server(create_fastapi_app(setup)))
DJANGO = Stack("Django", _django_wsgi)
DJANGO_ASGI = Stack("Django under ASGI", _django_asgi)
REST = Stack("Django REST framework", _django_wsgi, "/rest")
STACKS = (FLASK, FASTAPI, DJANGO, DJANGO_ASGI, REST)
