"""What a verifier reads of a request, whatever the framework."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

HeaderValue = str | Sequence[str] | None


class RequestFacts(Protocol):
    """A request. Header values are text in Latin-1, as WSGI has it: each character is a byte."""

    @property
    def method(self) -> str:
        """As sent: methods are case-sensitive."""
        ...

    def header(self, name: str) -> HeaderValue:
        """The value of a header by its name in lower case, or None. Where the request carries it more than once, a list of all
        values: picking one of them would hide an ambiguity. Headers other than ``authorization`` may come joined.
        """
        ...


class HeaderFacts:
    """The facts of a request from its method and its headers."""

    __slots__ = ("_headers", "method")

    method: str

    def __init__(self, method: str, headers: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self.method = method
        values: dict[str, list[str]] = {}
        pairs: Iterable[tuple[str, str]] = headers.items() if isinstance(headers, Mapping) else headers  # pyright: ignore[reportAssignmentType]
        for name, value in pairs:
            values.setdefault(name.lower(), []).append(value)
        self._headers = values

    def header(self, name: str) -> HeaderValue:
        """The value of a header, or a list of its values."""
        values = self._headers.get(name)
        if values is None:
            return None
        return values[0] if len(values) == 1 else values


class WsgiFacts:
    """The facts of a WSGI request (PEP 3333). Servers join a header that came twice with a comma, which is in no token."""

    __slots__ = ("environ",)

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self.environ = environ

    @property
    def method(self) -> str:
        """The request's method."""
        return str(self.environ.get("REQUEST_METHOD", ""))

    def header(self, name: str) -> HeaderValue:
        """The value of a header."""
        value: str | None = self.environ.get(_WSGI_NAMES[name] if name in _WSGI_NAMES else _wsgi_name(name))
        return value


_WSGI_NAMES: Final[Mapping[str, str]] = {
    "authorization": "HTTP_AUTHORIZATION",
    "cookie": "HTTP_COOKIE",
    "origin": "HTTP_ORIGIN",
    "x-csrf-token": "HTTP_X_CSRF_TOKEN",
    "upgrade": "HTTP_UPGRADE",
    "sec-fetch-site": "HTTP_SEC_FETCH_SITE",
}


def _wsgi_name(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")


class AsgiFacts:
    """The facts of an ASGI connection: an HTTP request, or the handshake of a WebSocket."""

    __slots__ = ("_scope",)

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._scope = scope

    @property
    def method(self) -> str:
        """The request's method. A handshake is a GET, over HTTP/2 as well (RFC 8441 makes it a CONNECT, which is not shown)."""
        return "GET" if self._scope["type"] == "websocket" else str(self._scope.get("method", ""))

    def header(self, name: str) -> HeaderValue:
        """The value of a header, or a list of its values."""
        if name == "upgrade" and self._scope["type"] == "websocket":
            return "websocket"
        wanted = name.encode("latin-1")
        values = [value.decode("latin-1") for key, value in self._scope["headers"] if key == wanted]
        if not values:
            return None
        return values[0] if len(values) == 1 else values
