"""Events of the revocation feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, cast

from ..compact import CompactToken, HeaderPolicy, parse_compact, parse_token_object
from ..errors import RevocationFeedError, VerificationError
from ..keys import KeySource, ReloadableKeySource, VerificationKey
from ..signature import verify_signature
from ..strict_json import MAXIMUM_SAFE_INTEGER
from ..waiting import Pending
from .entries import ENDED, RevocationEntry

# RFC 8725 section 3.11: an access token must not pass for an event, nor an event for an access token.
_TYPES: Final = frozenset({"revocations+jwt", "application/revocations+jwt"})


class RevocationEvent(NamedTuple):
    """One transaction of the issuer's log: it follows on the event whose ``seq`` is its ``after``. One without entries is a heartbeat,
    with ``seq`` and ``after`` alike. A snapshot holds all entries that still matter, and follows on nothing.
    """

    epoch: str
    """Another one means that the database was restored: load a snapshot."""
    seq: int
    after: int
    time: float
    """Seconds since the Unix epoch, by the issuer's database. Rises with every event of a stream."""
    retention: float
    """How long an entry matters from its event on, in seconds. Entries of kind ``key`` matter for ever."""
    is_snapshot: bool
    entries: list[RevocationEntry]


class EventReader:
    """Checks events of the feed as strictly as access tokens: form, type, algorithm, key, signature, issuer, claims."""

    def __init__(
        self,
        *,
        issuer: str,
        keys: KeySource,
        algorithms: frozenset[str],
        max_bytes: int,
        revokes_key: Callable[[str], bool],
    ) -> None:
        """``max_bytes``: the most bytes of an event. ``revokes_key``: whether a key was revoked."""
        self._issuer = issuer
        self._keys = keys
        self._policy = HeaderPolicy(algorithms, _TYPES, maximum_bytes=max_bytes)
        self._revokes_key = revokes_key

    def read(self, jws: str) -> RevocationEvent:
        """Gives the event in a JWS; may wait for the keys. Not checked: its place in the log, and its time.

        Raises :class:`RevocationFeedError` ``untrusted_event``, and :class:`VerificationError` ``keys_unavailable``.
        """
        try:
            parts = parse_compact(jws, self._policy)
            self._check_signature(parts)
            _, _, _, payload, _ = parts
            event = _to_event(parse_token_object(payload), self._issuer)
        except VerificationError as error:
            # Without the keys nobody can tell.
            if error.code == "keys_unavailable":
                raise
            raise _untrusted() from error
        if event is None:
            raise _untrusted()
        return event

    def _check_signature(self, parts: CompactToken) -> None:
        kid = parts[0].kid
        if kid is not None and self._revokes_key(kid):
            raise _untrusted()
        key = self._find(parts)
        if key is None and isinstance(self._keys, ReloadableKeySource):
            # A key may be used as soon as it is published in an emergency. Tokens wait for the cool-down, the feed cannot.
            self._keys.reload().wait()
            key = self._find(parts)
        verify_signature(parts, key)

    def _find(self, parts: CompactToken) -> VerificationKey | None:
        header = parts[0]
        found = self._keys.find(header.kid, header.alg)
        return found.wait() if isinstance(found, Pending) else found


def _untrusted() -> RevocationFeedError:
    return RevocationFeedError("untrusted_event", "An event of the revocation feed is not to be trusted.")


def _to_event(claims: Mapping[str, object], issuer: str) -> RevocationEvent | None:
    epoch, seq, after = claims.get("epoch"), claims.get("seq"), claims.get("after")
    time, retention, entries = claims.get("time"), claims.get("retention"), claims.get("entries")
    is_snapshot = claims.get("snapshot", False)
    # RFC 8725 section 3.8: the very string.
    if claims.get("iss") != issuer or not (_is_text(epoch) and _is_count(seq) and _is_count(after)):
        return None
    if not (_is_duration(time) and _is_duration(retention) and isinstance(entries, list)):
        return None
    if is_snapshot is not True and "snapshot" in claims:
        return None
    event = RevocationEvent(
        cast("str", epoch),
        cast("int", seq),
        cast("int", after),
        cast("float", time),
        cast("float", retention),
        is_snapshot is True,
        [],
    )
    # A heartbeat brings nothing, and whoever brings something moves on.
    if event.after > event.seq or (not is_snapshot and event.after == event.seq and entries):
        return None
    for entry in entries:
        read = _to_entry(entry)
        if read is None:
            return None
        event.entries.append(read)
    return event


def _to_entry(entry: object) -> RevocationEntry | None:
    if not isinstance(entry, dict):
        return None
    kind = entry.get("kind")
    if kind == "session":
        below = entry.get("below", ENDED)
        if "below" in entry and not _is_count(below):
            return None
        return RevocationEntry("session", entry["id"], below) if _is_text(entry.get("id")) else None
    if kind == "token":
        return RevocationEntry("token", entry["jti"]) if _is_text(entry.get("jti")) else None
    if kind == "key":
        return RevocationEntry("key", entry["kid"]) if _is_text(entry.get("kid")) else None
    return None


def _is_text(value: object) -> bool:
    return type(value) is str and value != ""


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAXIMUM_SAFE_INTEGER


def _is_duration(value: object) -> bool:
    return type(value) in (int, float) and cast("float", value) >= 0
