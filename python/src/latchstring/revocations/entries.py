"""What is revoked, in memory."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

ENDED: Final = math.inf
"""The version below which all tokens of an ended session are."""


class RevocationEntry(NamedTuple):
    """What every backend must refuse from now on. No entry compares times."""

    kind: Literal["session", "token", "key"]
    id: str
    """The session's id, the token's ``jti``, or the key's ``kid``."""
    below: float = ENDED
    """Of a session: its tokens with a ``ver`` below this."""


class _Generation:
    __slots__ = ("sessions", "tokens")

    def __init__(self) -> None:
        self.sessions: dict[str, float] = {}
        self.tokens: set[str] = set()


class RevocationEntries:
    """What is revoked. Entries are only ever added, and forgotten when no token that they concern can be alive.

    Two generations take turns: what is added goes into the newer one, and the older one is dropped as a whole. So an entry lives for
    one to two times its retention, and nothing has to be searched for what has expired. One thread adds, any number look up.
    """

    __slots__ = ("_keys", "_newer", "_older", "_turned_at")

    def __init__(self, now: float) -> None:
        """``now``: seconds on a monotonic clock."""
        self._newer = _Generation()
        self._older = _Generation()
        # By kid. They matter for ever, and are few.
        self._keys: set[str] = set()
        self._turned_at = now

    def __len__(self) -> int:
        newer, older = self._newer, self._older
        return len(newer.sessions) + len(newer.tokens) + len(older.sessions) + len(older.tokens) + len(self._keys)

    def add(self, entries: Iterable[RevocationEntry]) -> None:
        """Adds entries. One that is known already changes nothing."""
        sessions, tokens = self._newer.sessions, self._newer.tokens
        for kind, name, below in entries:
            if kind == "session":
                if sessions.get(name, -1) < below:
                    sessions[name] = below
            elif kind == "token":
                tokens.add(name)
            else:
                self._keys.add(name)

    def forget(self, now: float, retention: float) -> None:
        """Drops what has expired. Both in seconds."""
        if now - self._turned_at < retention:
            return
        # In this order: a thread that looks between the two finds everything twice, and not nothing.
        self._older = self._newer
        self._newer = _Generation()
        self._turned_at = now

    def below(self, session_id: str) -> float:
        """The ``ver`` below which tokens of a session are refused: :data:`ENDED` for all of them, 0 for none."""
        newer = self._newer.sessions.get(session_id, 0)
        older = self._older.sessions.get(session_id, 0)
        return newer if newer > older else older

    def has_token(self, jti: str) -> bool:
        """Whether a token was revoked by itself."""
        return jti in self._newer.tokens or jti in self._older.tokens

    def has_key(self, kid: str) -> bool:
        """Whether a key was revoked."""
        return kid in self._keys
