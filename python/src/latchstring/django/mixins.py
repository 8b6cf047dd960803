"""Protects views that are classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from ..requirements import Policy, StalePolicy
from .decorators import required


class PrincipalRequiredMixin:
    """Lets requests of a principal who meets the requirements reach a view, and answers all others: as :func:`required`, around the
    whole view, so whatever it overrides comes after. It stands first among the bases.

    ``required_roles``: all of them; ``required_any_role``: one of them; ``required_policy``: a function of the principal, as a
    ``staticmethod``; ``on_stale``: ``"open"`` or ``"closed"`` while the revocation feed is far behind.
    """

    required_roles: ClassVar[str | Iterable[str]] = ()
    required_any_role: ClassVar[str | Iterable[str] | None] = None
    required_policy: ClassVar[Policy | None] = None
    on_stale: ClassVar[StalePolicy | None] = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """The view, guarded."""
        view: Callable[..., Any] = super().as_view(**initkwargs)  # type: ignore[misc]
        guard = required(
            roles=cls.required_roles,
            any_role=cls.required_any_role,
            policy=cls.required_policy,
            on_stale=cls.on_stale,
        )
        return guard(view)
