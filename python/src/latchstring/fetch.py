"""How the issuer is asked: GET, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol


class FetchRequest(NamedTuple):
    """What is asked for."""

    url: str
    headers: Mapping[str, str]
    timeout: float
    """Seconds within which the connection must stand and the answer must have begun."""


class FetchResponse(Protocol):
    """An answer whose body has not been read yet. Only one thread reads; any may close."""

    @property
    def status(self) -> int:
        """The HTTP status. A redirect is not followed: it could lead to a host that nobody configured."""

    @property
    def content_type(self) -> str:
        """The header of that name, empty where there is none."""

    def read(self, timeout: float) -> bytes:
        """The bytes that come next, waiting for them so many seconds at the most; empty at the end of the body.

        Raises :class:`TimeoutError`, or another :class:`OSError` where the connection breaks or was closed.
        """

    def close(self) -> None:
        """Ends the connection, and a read that is under way in another thread. Again: nothing."""


Fetch = Callable[[FetchRequest], FetchResponse]
"""Raises :class:`OSError` where the issuer cannot be reached."""
