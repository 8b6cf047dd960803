"""Protects views that are classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from ..principal import Principal
from ..requirements import StalePolicy
from .decorators import required


class PrincipalRequiredMixin:
    """Lets requests of a principal who meets the requirements reach a view, and answers all others: as :func:`required`, around the
    whole view, so whatever it overrides comes after. It stands first among the bases.

    ``required_roles``: all of them; ``required_any_role``: one of them; ``on_stale``: ``"open"`` or ``"closed"`` while the revocation
    feed is far behind. As with other attributes of views, ``as_view`` takes them too.
    """

    required_roles: ClassVar[str | Iterable[str]] = ()
    required_any_role: ClassVar[str | Iterable[str] | None] = None
    on_stale: ClassVar[StalePolicy | None] = None

    @staticmethod
    def required_policy(principal: Principal) -> bool:
        """A rule of the view's own, to be overridden: anything but True refuses."""
        return True

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """The view, guarded."""
        view: Callable[..., Any] = super().as_view(**initkwargs)  # type: ignore[misc]
        guard = required(
            roles=initkwargs.get("required_roles", cls.required_roles),
            any_role=initkwargs.get("required_any_role", cls.required_any_role),
            policy=initkwargs.get("required_policy", cls.required_policy),
            on_stale=initkwargs.get("on_stale", cls.on_stale),
        )
        return guard(view)
