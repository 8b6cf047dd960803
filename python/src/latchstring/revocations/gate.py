"""The checks of a verifier against what was revoked."""

from __future__ import annotations

from typing import Final, Protocol

from ..claims import AccessTokenClaims
from ..requirements import StalePolicy
from ..waiting import Pending
from .status import RevocationStatus


class RevocationGate(Protocol):
    """The checks of a verifier against what was revoked. None of them makes a call, or blocks."""

    @property
    def status(self) -> RevocationStatus:
        """How the feed is doing."""

    def start(self) -> None:
        """Begins to follow the feed."""

    def check_key(self, kid: str | None) -> None:
        """Refuses a key that was revoked, before it is looked for. Begins to follow the feed at the first call.

        Raises :class:`VerificationError`: ``token_outdated``.
        """

    def check(self, claims: AccessTokenClaims, kid: str | None, on_stale: StalePolicy | None) -> Pending[None] | None:
        """Refuses verified claims that were revoked, and those that nobody can tell about. Gives something to wait for only where a
        first snapshot is under way.

        Raises :class:`VerificationError`: ``token_revoked``, ``token_outdated``, ``revocations_stale``.
        """

    def close(self) -> Pending[None] | None:
        """Stops following the feed. Gives its end, to wait for."""


def create_revocation_gate(settings: None) -> RevocationGate:
    """The gate for these settings; None where the feed is not followed."""
    return _OPEN_GATE


class _OpenGate:
    """Where the feed is not followed."""

    status: Final = RevocationStatus(state="none")

    def start(self) -> None:
        return

    def check_key(self, kid: str | None) -> None:
        return

    def check(self, claims: AccessTokenClaims, kid: str | None, on_stale: StalePolicy | None) -> None:
        return

    def close(self) -> None:
        return


_OPEN_GATE: Final = _OpenGate()
