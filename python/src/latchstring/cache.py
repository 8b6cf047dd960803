"""What was used lately, in bounded memory."""

from __future__ import annotations

from typing import Final, Generic, NamedTuple, Protocol, TypeVar


class _OfToken(Protocol):
    @property
    def token(self) -> str: ...


Value = TypeVar("Value", bound=_OfToken)


class CacheBounds(NamedTuple):
    """How much a cache may hold."""

    entries: int
    bytes: int


_KEY_LENGTH: Final = 43
"""What a token is looked up by is its end, a part of its signature: a tenth of the work to hash, and nobody chooses it who cannot sign."""


class RecentCache(Generic[Value]):
    """Keeps what was used lately by token, bounded by entries and by bytes. For many threads at once, without a lock. Of two tokens with
    the same end it keeps the later.

    Two generations take turns, each with half of the bounds: what is used goes into the newer one, and the older one is dropped as a
    whole, so that nothing has to be moved or counted when it is used.
    """

    __slots__ = ("_bytes", "_most", "_most_bytes", "_newer", "_older", "_overhead")

    def __init__(self, bounds: CacheBounds, overhead: int = 0) -> None:
        """``overhead``: the bytes that an entry counts for beside its token."""
        self._most = bounds.entries // 2
        self._most_bytes = bounds.bytes // 2 if self._most > 0 else 0
        self._overhead = overhead
        self._newer: dict[str, Value] = {}
        self._older: dict[str, Value] = {}
        # Of the newer one. Threads that write at once may count wrongly, until the next turn.
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._older | self._newer)

    @property
    def bytes(self) -> int:
        """The bytes that its entries count for."""
        return sum(len(value.token) + self._overhead for value in (self._older | self._newer).values())

    def get(self, token: str) -> Value | None:
        """What is kept for a token, which stays for another turn."""
        key = token[-_KEY_LENGTH:]
        value = self._newer.get(key)
        if value is not None and value.token == token:
            return value
        value = self._older.get(key)
        if value is None or value.token != token:
            return None
        self.set(value)
        return value

    def set(self, value: Value) -> None:
        """Keeps a value, unless it is too large."""
        token = value.token
        key, weight = token[-_KEY_LENGTH:], len(token) + self._overhead
        if weight > self._most_bytes:
            return
        former = self._newer.get(key)
        used = self._bytes + weight if former is None else self._bytes + len(token) - len(former.token)
        if used > self._most_bytes or len(self._newer) >= self._most:
            self._older, self._newer, used = self._newer, {}, weight
        self._newer[key] = value
        self._bytes = used

    def delete(self, token: str) -> None:
        """Drops what is kept for a token."""
        key = token[-_KEY_LENGTH:]
        for generation in (self._newer, self._older):
            value = generation.get(key)
            if value is not None and value.token == token:
                generation.pop(key, None)
