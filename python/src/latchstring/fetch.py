"""How the issuer is asked: GET over sockets of the standard library, and nothing else."""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, NamedTuple, Protocol, cast
from urllib.parse import urlsplit

from .cookies import is_localhost_origin
from .errors import ConfigurationError

_CHUNK_BYTES = 65536


class FetchRequest(NamedTuple):
    """What is asked for."""

    url: str
    headers: Mapping[str, str]
    timeout: float
    """Seconds within which the connection must stand and the answer must have begun."""


class FetchResponse(Protocol):
    """An answer whose body has not been read yet."""

    @property
    def status(self) -> int:
        """The HTTP status. A redirect is not followed: it could lead to a host that nobody configured."""
        ...

    @property
    def content_type(self) -> str:
        """The header of that name, empty where there is none."""
        ...

    def read(self, timeout: float) -> bytes:
        """The bytes that come next, waiting for them so many seconds at the most; empty at the end of the body.

        Raises :class:`TimeoutError`, or another :class:`OSError` where the connection breaks or was aborted.
        """
        ...

    def abort(self) -> None:
        """Ends a read that is under way in another thread, and all later ones."""
        ...

    def close(self) -> None:
        """Ends the connection. For the thread that reads."""
        ...


Fetch = Callable[[FetchRequest], FetchResponse]
"""Raises :class:`OSError` where the issuer cannot be reached."""


def require_secure_url(url: str, what: str) -> None:
    """Refuses a URL that somebody on the way could answer in the issuer's place.

    Raises :class:`ConfigurationError` unless it is https, or http on localhost.
    """
    if _is_secure(url):
        return
    raise ConfigurationError(
        f"The URL of the {what} must be https, or http on localhost: who can change the answer decides whom you trust."
    )


def _is_secure(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        # Looked at here, since it is not before. No password belongs into a URL.
        has_place = bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        return False
    return has_place and (parts.scheme == "https" or is_localhost_origin(f"{parts.scheme}://{parts.netloc}"))


def http_fetch(context: ssl.SSLContext | None = None) -> Fetch:
    """GET over TLS or, on localhost, without. Follows no redirect, sends no cookie, asks for no compression, knows no proxy.

    ``context``: for an issuer whose certificate comes from an authority of your own, such as
    ``ssl.create_default_context(cafile="ca.pem")``.
    """
    trusted: list[ssl.SSLContext] = [] if context is None else [context]

    def fetch(request: FetchRequest) -> FetchResponse:
        parts = urlsplit(request.url)
        deadline = time.monotonic() + request.timeout
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        plain = socket.create_connection((host, parts.port or (443 if is_tls else 80)), request.timeout)
        connected: socket.socket = plain
        try:
            if is_tls:
                if not trusted:
                    trusted.append(ssl.create_default_context())
                plain.settimeout(_left(deadline))
                connected = trusted[0].wrap_socket(plain, server_hostname=host)
            wire = _Wire(connected, deadline)
            connection = HTTPConnection(host, parts.port)
            connection.sock = cast("socket.socket", _Lent(wire))
            path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            connection.request("GET", path, headers={"host": parts.netloc, **request.headers})
            return _Answer(connection.getresponse(), wire)
        except BaseException as error:
            connected.close()
            if isinstance(error, HTTPException):
                raise ConnectionError("The answer is not HTTP.") from None
            raise

    return fetch


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("The issuer takes too long.")
    return left


class _Wire(io.RawIOBase):
    """A socket whose reads must be over at one moment, however many bytes trickle in until then."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        super().__init__()
        self._socket = connected
        self.deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(_left(self.deadline))
        return self._socket.recv_into(buffer)

    def send(self, data: bytes) -> None:
        self._socket.settimeout(_left(self.deadline))
        self._socket.sendall(data)

    def shutdown(self) -> None:
        try:
            # Not that of SSLSocket, which would take the object away from the thread that reads.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        except OSError:
            # It is not connected any more.
            pass

    def close(self) -> None:
        super().close()
        self._socket.close()


class _Lent:
    """What a connection of the standard library sees of a socket: it may not close it, as it does before a body without a length."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def sendall(self, data: bytes) -> None:
        self._wire.send(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._wire, _CHUNK_BYTES)

    def close(self) -> None:
        return


class _Answer:
    def __init__(self, response: HTTPResponse, wire: _Wire) -> None:
        self._response = response
        self._wire = wire
        self.status = response.status
        self.content_type = response.getheader("content-type") or ""

    def read(self, timeout: float) -> bytes:
        self._wire.deadline = time.monotonic() + timeout
        try:
            chunk = self._response.read1(_CHUNK_BYTES)
        except (HTTPException, ValueError):
            # The message of either quotes what came. A closed file is a ValueError.
            raise _broken_off() from None
        if not chunk and self._response.length:
            # RFC 9112 section 6.3: a body shorter than its length is not complete.
            raise _broken_off()
        return chunk

    def abort(self) -> None:
        self._wire.shutdown()

    def close(self) -> None:
        self._wire.shutdown()
        try:
            self._response.close()
        except ValueError:
            # At the end of its body it has closed the file that it would empty now.
            pass
        self._wire.close()


def _broken_off() -> ConnectionError:
    return ConnectionError("The answer broke off.")
