"""How the revocation feed is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class RevocationStatus:
    """How the feed is doing in this process, for metrics and health checks. A copy: it does not change."""

    state: Literal["none", "starting", "fresh", "late", "stale", "closed"]
    """``none``: not followed, by the options. ``starting``: no snapshot yet. ``fresh``: as prompt as promised. ``late``: behind, tokens
    are accepted and counted. ``stale``: further behind than ``max_staleness``, each route's policy decides. ``closed``: the verifier
    was closed."""
    staleness: float | None = None
    """Seconds since what is revoked was known to be complete; None if it never was."""
    position: str | None = None
    """The place in the issuer's log, EPOCH.SEQ."""
    entries: int = 0
    """What is held in memory. One that came twice may count twice."""
    transport: Literal["stream", "poll"] = "stream"
    """How events come: at once over a stream, or by long polls where a proxy holds streams back."""
    reconnects: int = 0
    """All that follows counts up from the start. Connections after the first."""
    gaps: int = 0
    """Events that did not follow on what was known: a snapshot was loaded."""
    rejected: int = 0
    """Events that were not the issuer's, or not well formed."""
    accepted_late: int = 0
    """Requests that passed while the feed was late."""
    accepted_stale: int = 0
    """Requests that passed while it was stale, by the policy ``open``."""
    refused_stale: int = 0
    """Requests that were refused as ``revocations_stale``."""


class Revocations(Protocol):
    """What a verifier shows of its revocation feed."""

    @property
    def status(self) -> RevocationStatus:
        """How the feed is doing."""
        ...
