"""A client that sends the very bytes it is told to, a header twice too."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

HeaderList = Sequence[tuple[str, str | bytes]]


@dataclass(frozen=True)
class Exchanged:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, or its values joined; None where there is none."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def code(self) -> Any:
        """The code of a problem document."""
        assert self.header("content-type") == "application/problem+json"
        return self.json["code"]


def exchange(
    port: int, path: str = "/me", headers: dict[str, str] | HeaderList = (), method: str = "GET", body: bytes = b""
) -> Exchanged:
    pairs: HeaderList = list(headers.items()) if isinstance(headers, dict) else headers
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: localhost", b"Connection: close"]
    lines += [name.encode() + b": " + _bytes(value) for name, value in pairs]
    if body or method in ("POST", "PUT", "DELETE"):
        lines.append(b"Content-Length: %d" % len(body))
    with socket.create_connection(("localhost", port), 20) as connection:
        try:
            connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        except (BrokenPipeError, ConnectionResetError):
            # The server has answered before it read all of it.
            pass
        response = HTTPResponse(connection, method=method)
        response.begin()
        return Exchanged(response.status, tuple(response.getheaders()), response.read())


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")
