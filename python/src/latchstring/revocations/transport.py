"""Asks the issuer for events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from ..errors import RevocationFeedError
from ..fetch import Fetch, FetchRequest, FetchResponse
from .clock import FeedClock
from .log import Position
from .server_sent_events import read_server_sent_events, too_large

_EVENT_STREAM: Final = "text/event-stream"
_JWT: Final = "application/jwt"


class EndedError(Exception):
    """This end of the connection ended it: no failure."""


class Connection:
    """One connection, which ends when nothing new has come in time, or when any thread aborts it."""

    def __init__(self, clock: FeedClock) -> None:
        self._clock = clock
        self._deadline = 0.0
        self._response: FetchResponse | None = None
        self._is_aborted = False

    def expect(self, seconds: float) -> None:
        """News must come within so many seconds from now."""
        self._deadline = self._clock.monotonic() + seconds

    def left(self) -> float:
        """Seconds in which news must come.

        Raises :class:`EndedError`, and :class:`RevocationFeedError` ``silent`` where there are none.
        """
        if self._is_aborted:
            raise EndedError
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise silent()
        return left

    def chunks(self, response: FetchResponse) -> Iterator[bytes]:
        """The bytes of an answer, as they come."""
        self._response = response
        try:
            while chunk := self._read(response):
                yield chunk
        finally:
            self._response = None
            response.close()

    def abort(self) -> None:
        """Ends it. For any thread."""
        self._is_aborted = True
        response = self._response
        if response is not None:
            response.abort()

    def _read(self, response: FetchResponse) -> bytes:
        try:
            chunk = response.read(self.left())
        except TimeoutError:
            self._refuse_aborted()
            raise silent() from None
        except OSError:
            self._refuse_aborted()
            raise
        # What an aborted connection brings to an end was no end.
        self._refuse_aborted()
        return chunk

    def _refuse_aborted(self) -> None:
        if self._is_aborted:
            raise EndedError from None


class FeedTransport:
    """Asks the issuer for events. What it gives is unchecked text."""

    def __init__(self, url: str, fetch: Fetch, max_bytes: int) -> None:
        self._url = url
        self._fetch = fetch
        self._max_bytes = max_bytes

    def snapshot(self, connection: Connection) -> str:
        """All that matters now, as one event."""
        return self._text(self._url, connection).strip()

    def stream(self, position: Position, connection: Connection) -> Iterator[str]:
        """The events after a position, until the connection ends."""
        response = self._get(self._url, {"accept": _EVENT_STREAM, "last-event-id": str(position)}, connection)
        return read_server_sent_events(connection.chunks(response), self._max_bytes)

    def poll(self, position: Position, wait: float, connection: Connection) -> list[str]:
        """The events after a position, as soon as there is one; after ``wait`` seconds without one, a heartbeat."""
        joint = "&" if "?" in self._url else "?"
        url = f"{self._url}{joint}after={quote(str(position), safe='')}&wait={wait:g}"
        return self._text(url, connection).split()

    def _text(self, url: str, connection: Connection) -> str:
        body = bytearray()
        for chunk in connection.chunks(self._get(url, {"accept": _JWT}, connection)):
            body += chunk
            if len(body) > self._max_bytes:
                raise too_large()
        return body.decode("latin-1")

    def _get(self, url: str, headers: dict[str, str], connection: Connection) -> FetchResponse:
        try:
            response = self._fetch(FetchRequest(url, headers, connection.left()))
        except TimeoutError:
            # Some proxies hold back the head of an answer with its body.
            raise silent() from None
        if response.status == 200 and response.content_type.partition(";")[0].strip().lower() == headers["accept"]:
            return response
        response.close()
        raise RevocationFeedError("not_a_feed", "The answer of the issuer is no revocation feed.")


def silent() -> RevocationFeedError:
    """What is raised where nothing new has come in time."""
    return RevocationFeedError("silent", "The revocation feed has fallen silent.")
