"""The checks of a verifier against what was revoked."""

from __future__ import annotations

import math
import os
from typing import Final, Literal, Protocol

from ..claims import AccessTokenClaims
from ..errors import VerificationError
from ..requirements import StalePolicy
from ..waiting import Pending
from .entries import ENDED
from .feed import RevocationFeed
from .options import RevocationSettings
from .status import RevocationStatus

# How long a request waits for the first snapshot, in seconds.
_FIRST_WAIT: Final = 1

# What the answer of a closed route says to wait, in seconds. A feed that comes back is fresh within that.
_RETRY_AFTER: Final = 5


class RevocationGate(Protocol):
    """The checks of a verifier against what was revoked. None of them makes a call, or blocks."""

    @property
    def status(self) -> RevocationStatus:
        """How the feed is doing in this process."""
        ...

    def start(self) -> None:
        """Begins to follow the feed, unless this process does already."""
        ...

    def check_key(self, kid: str | None) -> None:
        """Refuses a key that was revoked, before it is looked for. Begins to follow the feed at the first call.

        Raises :class:`VerificationError`: ``token_outdated``.
        """
        ...

    def check(self, claims: AccessTokenClaims, kid: str | None, on_stale: StalePolicy | None) -> Pending[None] | None:
        """Refuses verified claims that were revoked, and those that nobody can tell about. Gives something to wait for only where a
        first snapshot is under way.

        Raises :class:`VerificationError`: ``token_revoked``, ``token_outdated``, ``revocations_stale``.
        """
        ...

    def close(self) -> Pending[None] | None:
        """Stops following the feed. Gives its end, to wait for."""
        ...


def create_revocation_gate(settings: RevocationSettings | None) -> RevocationGate:
    """The gate for these settings; None where the feed is not followed."""
    return _OpenGate() if settings is None else _FeedGate(settings)


class _FeedGate:
    def __init__(self, settings: RevocationSettings) -> None:
        self._settings = settings
        # The feed of each process: a forked one has no thread of the other, and what that knew grows old. Looked up on every
        # request, which works where nobody tells of the fork (uWSGI); a dictionary decides between threads without a lock.
        self._feeds: dict[int, RevocationFeed] = {}
        self._is_closed = False
        self._accepted_late = 0
        self._accepted_stale = 0
        self._refused_stale = 0

    @property
    def status(self) -> RevocationStatus:
        feed = self._feeds.get(os.getpid())
        if feed is None:
            return RevocationStatus(state="closed" if self._is_closed else "starting")
        staleness = feed.log.freshness.staleness()
        position = feed.log.position
        return RevocationStatus(
            state=self._state(feed, staleness),
            staleness=None if staleness == math.inf else staleness,
            position=None if position is None else str(position),
            entries=len(feed.log.entries),
            transport=feed.transport,
            reconnects=feed.reconnects,
            gaps=feed.gaps,
            rejected=feed.rejected,
            accepted_late=self._accepted_late,
            accepted_stale=self._accepted_stale,
            refused_stale=self._refused_stale,
        )

    def start(self) -> None:
        if self._is_closed:
            self._is_closed = False
            self._feeds.pop(os.getpid(), None)
        self._feed()

    def check_key(self, kid: str | None) -> None:
        if kid is not None and self._feed().log.entries.has_key(kid):
            raise _outdated("The key of the token was revoked. Refresh the token.")

    def check(self, claims: AccessTokenClaims, kid: str | None, on_stale: StalePolicy | None) -> Pending[None] | None:
        feed = self._feed()
        self._refuse_revoked(feed, claims, kid)
        staleness = feed.log.freshness.staleness()
        if staleness <= feed.fresh_for:
            return None
        beginning = feed.beginning(_FIRST_WAIT) if staleness == math.inf else None
        if beginning is None:
            self._judge(feed, staleness, on_stale)
            return None

        def judge_again(_: None) -> None:
            self._refuse_revoked(feed, claims, kid)
            self._judge(feed, feed.log.freshness.staleness(), on_stale)

        return beginning.then(judge_again)

    def close(self) -> Pending[None] | None:
        self._is_closed = True
        feed = self._feeds.get(os.getpid())
        return None if feed is None else feed.close()

    def _feed(self) -> RevocationFeed:
        process = os.getpid()
        feed = self._feeds.get(process)
        return self._begin(process) if feed is None else feed

    def _begin(self, process: int) -> RevocationFeed:
        feed = RevocationFeed(self._settings)
        current = self._feeds.setdefault(process, feed)
        if current is feed:
            for other in [known for known in self._feeds if known != process]:
                del self._feeds[other]
            if self._is_closed:
                feed.close()
            feed.start()
        return current

    def _refuse_revoked(self, feed: RevocationFeed, claims: AccessTokenClaims, kid: str | None) -> None:
        entries = feed.log.entries
        # The key once more: it may have been revoked while it was looked for.
        if kid is not None and entries.has_key(kid):
            raise _outdated("The key of the token was revoked. Refresh the token.")
        below = entries.below(claims.sid)
        if below:
            if below == ENDED:
                raise VerificationError("token_revoked", "The session was ended.")
            if claims.ver < below:
                raise _outdated("The rights of the session have changed. Refresh the token.")
        if entries.has_token(claims.jti):
            raise _outdated("The token was revoked. Refresh the token.")

    def _judge(self, feed: RevocationFeed, staleness: float, on_stale: StalePolicy | None) -> None:
        if staleness <= feed.fresh_for:
            return
        if staleness <= self._settings.max_staleness:
            self._accepted_late += 1
        elif (on_stale or self._settings.on_stale) == "open":
            self._accepted_stale += 1
        else:
            self._refused_stale += 1
            raise VerificationError(
                "revocations_stale",
                "What was revoked is not known at present.",
                retry_after=_FIRST_WAIT if staleness == math.inf else _RETRY_AFTER,
            )

    def _state(self, feed: RevocationFeed, staleness: float) -> Literal["starting", "fresh", "late", "stale", "closed"]:
        if self._is_closed:
            return "closed"
        if staleness == math.inf and feed.log.position is None:
            return "starting"
        if staleness <= feed.fresh_for:
            return "fresh"
        return "late" if staleness <= self._settings.max_staleness else "stale"


def _outdated(detail: str) -> VerificationError:
    return VerificationError("token_outdated", detail)


class _OpenGate:
    """Where the feed is not followed."""

    @property
    def status(self) -> RevocationStatus:
        return RevocationStatus(state="none")

    def start(self) -> None:
        return

    def check_key(self, kid: str | None) -> None:
        return

    def check(self, claims: AccessTokenClaims, kid: str | None, on_stale: StalePolicy | None) -> None:
        return

    def close(self) -> None:
        return
