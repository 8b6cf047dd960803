"""Servers in this process, for applications whose verifier a test holds."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import uvicorn


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        return


@contextmanager
def wsgi_server(application: Any) -> Generator[int, None, None]:
    """Serves on a free port of localhost, which it gives."""
    with make_server("localhost", 0, application, _Server, _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class _Uvicorn(uvicorn.Server):
    def __init__(self, application: Any) -> None:
        super().__init__(uvicorn.Config(application, log_level="critical", lifespan="auto", ws="websockets-sansio"))
        self.is_listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_listening.set()


@contextmanager
def asgi_server(application: Any) -> Generator[int, None, None]:
    """Serves on a free port of localhost, which it gives."""
    server = _Uvicorn(application)
    with socket.create_server(("localhost", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            assert server.is_listening.wait(20)
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
