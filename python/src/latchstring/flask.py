"""Protects routes of Flask.

::

    app = Flask(__name__)
    app.config.update(LATCHSTRING_ISSUER="https://auth.example.com", LATCHSTRING_AUDIENCE="https://api.example.com")
    latchstring = Latchstring(app)

    @app.get("/me")
    @latchstring.required()
    def me():
        return {"id": current_principal.subject}
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Any, Final, ParamSpec, Protocol, TypeVar, cast, overload
from weakref import WeakSet

from flask import Flask, Request, Response, current_app, request
from werkzeug.local import LocalProxy

from .errors import ConfigurationError, VerificationError
from .facts import WsgiFacts
from .guard import EXPOSE_HEADER, OnRefusal, refusal_of
from .principal import Principal
from .requirements import Policy, Requirements, StalePolicy
from .settings import PREFIX, create_requirements, create_verifier
from .verifier import Verifier

__all__ = ["Latchstring", "Principal", "current_principal"]

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

# In the environ, where no request can put anything: what comes from a client begins with HTTP_ there.
_PRINCIPAL: Final = "latchstring.principal"

_EXTENSION: Final = "latchstring"

# Werkzeug documents it in spite of its name. One look through the proxy, where each attribute would be one.
_current_request: Callable[[], Request] = cast("LocalProxy[Request]", request)._get_current_object  # pyright: ignore[reportPrivateUsage]


def _find_principal() -> Principal:
    principal: Principal | None = request.environ.get(_PRINCIPAL)
    if principal is None:
        raise RuntimeError("The request has no principal: put @latchstring.required() on the view of this route.")
    return principal


current_principal: Principal = cast("Principal", LocalProxy(_find_principal))
"""Who makes the request that is being answered. False as a condition where nobody was found: on a route of
:meth:`Latchstring.optional`. Raises :class:`RuntimeError` when it is used on a route that no guard protects."""


class Guard(Protocol):
    """A decorator of views. What it gives is synchronous, the view need not be."""

    @overload
    def __call__(self, view: Callable[Parameters, Awaitable[Answer]], /) -> Callable[Parameters, Answer | Response]: ...
    @overload
    def __call__(self, view: Callable[Parameters, Answer], /) -> Callable[Parameters, Answer | Response]: ...


class Latchstring:
    """The extension: a verifier for an application, and the guards of its routes.

    CORS is the application's own (Flask-CORS): refusals are answers like any other, so they carry its headers.
    """

    def __init__(
        self, app: Flask | None = None, *, verifier: Verifier | None = None, on_refusal: OnRefusal | None = None
    ) -> None:
        """``verifier``: instead of the configuration, for tests. ``on_refusal``: told of every refusal, for the log.

        Raises :class:`ConfigurationError` where the configuration of ``app`` is wrong or unsafe.
        """
        self._given = verifier
        self._on_refusal = on_refusal
        # While there is one application alone, nobody has to look up which one it is.
        self._only: Verifier | None = None
        self._apps: WeakSet[Flask] = WeakSet()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Makes the verifier from ``LATCHSTRING_ISSUER``, ``LATCHSTRING_AUDIENCE`` and the other settings that begin so; see
        :func:`latchstring.settings.verifier_options`. Nothing is loaded before the first request, so this may be called before a fork.

        Raises :class:`ConfigurationError` for settings that are wrong or unsafe.
        """
        verifier = self._given
        if verifier is None:
            settings = app.config.get_namespace(PREFIX, lowercase=False)
            verifier = create_verifier(settings)
        app.extensions[_EXTENSION] = verifier
        # What a view finds out by itself, with the verifier, is answered alike.
        app.register_error_handler(VerificationError, self._refuse)
        self._apps.add(app)
        self._only = verifier if len(self._apps) == 1 else None

    @property
    def verifier(self) -> Verifier:
        """The verifier of the current application: to start it early, to close it, and to ask how its feed is doing."""
        return self._find_verifier()

    def required(
        self,
        *,
        role: str | None = None,
        roles: str | Iterable[str] = (),
        any_role: str | Iterable[str] | None = None,
        policy: Policy | None = None,
        on_stale: StalePolicy | None = None,
    ) -> Guard:
        """Lets requests of a principal who meets the requirements reach a view, and answers all others. It stands below
        ``@app.route``. The view may be asynchronous.

        ``OPTIONS`` never reaches the view, whatever its route says: it is answered as Flask answers it, with nothing but ``Allow``, so
        that the CORS layer can make a preflight's answer of it.

        ``roles``: all of them; ``any_role``: one of them; ``policy``: a function of the principal that must answer True; ``on_stale``:
        ``"open"`` or ``"closed"`` while the revocation feed is far behind.

        Not checked: whether the principal may touch the very record that the request names.

        Raises :class:`ConfigurationError` for requirements that are none, and above ``@app.route``, where it would protect nothing.
        """
        requirements = create_requirements(role=role, roles=roles, any_role=any_role, policy=policy, on_stale=on_stale)
        return cast("Guard", lambda view: self._wrap(view, requirements))

    def optional(self, *, on_stale: StalePolicy | None = None) -> Guard:
        """As :meth:`required`, for views that take anonymous requests too: ``if current_principal:`` tells them apart. A credential that
        is broken is refused all the same."""
        requirements = Requirements(on_stale=on_stale)
        return cast("Guard", lambda view: self._wrap(view, requirements, is_optional=True))

    def guard(
        self,
        *,
        role: str | None = None,
        roles: str | Iterable[str] = (),
        any_role: str | Iterable[str] | None = None,
        policy: Policy | None = None,
        on_stale: StalePolicy | None = None,
    ) -> Callable[[], Response | None]:
        """As :meth:`required`, for all routes of a blueprint or an application: ``blueprint.before_request(latchstring.guard())``."""
        requirements = create_requirements(role=role, roles=roles, any_role=any_role, policy=policy, on_stale=on_stale)
        return self._wrap(_pass, requirements)

    def _wrap(
        self, view: Callable[Parameters, Any], requirements: Requirements, *, is_optional: bool = False
    ) -> Callable[Parameters, Any]:
        if any(view in app.view_functions.values() for app in self._apps):
            raise ConfigurationError(
                f"The route of {view.__name__} does not see its guard: put the guard below @app.route."
            )
        run = _synchronous(view) if inspect.iscoroutinefunction(view) else view

        # On the way of every request, so it takes no more steps than it must.
        @wraps(view)
        def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Any:
            environ = _current_request().environ
            if environ["REQUEST_METHOD"] == "OPTIONS":
                return current_app.make_default_options_response()
            verifier = self._only or self._find_verifier()
            try:
                if is_optional:
                    environ[_PRINCIPAL] = verifier.verify_optional(WsgiFacts(environ), requirements)
                else:
                    environ[_PRINCIPAL] = verifier.verify_request(WsgiFacts(environ), requirements)
            except VerificationError as error:
                return self._refuse(error)
            return run(*args, **kwargs)

        return guarded

    def _find_verifier(self) -> Verifier:
        verifier: Any = current_app.extensions.get(_EXTENSION)
        if verifier is None:
            raise RuntimeError("Latchstring does not know this application: call latchstring.init_app(app).")
        return cast("Verifier", verifier)

    def _refuse(self, error: VerificationError) -> Response:
        refusal = refusal_of(error, self._on_refusal)
        response = Response(refusal.body, refusal.status, dict(refusal.headers))
        response.headers.add(EXPOSE_HEADER, refusal.exposed)
        return response


def _pass() -> None:
    """What a guard calls where the view comes later."""


def _synchronous(view: Callable[Parameters, Any]) -> Callable[Parameters, Any]:
    """Flask looks at what it is given to tell an asynchronous view, and it is given the guard."""

    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Any:
        return current_app.ensure_sync(view)(*args, **kwargs)

    return run
