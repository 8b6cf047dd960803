"""Protects routes of FastAPI, and applications of Starlette.

::

    auth = Latchstring(Verifier(issuer="https://auth.example.com", audience="https://api.example.com"))
    app = FastAPI()
    auth.init_app(app)

    @app.get("/me")
    async def me(principal: Annotated[Principal, Depends(auth.required())]):
        return {"id": principal.subject}
"""

# No annotations from __future__: older versions of FastAPI cannot read those of a dependency that is an object.

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Literal, cast

from fastapi import FastAPI
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.applications import Starlette
from starlette.exceptions import HTTPException, WebSocketException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketState

from .asgi import POLICY_VIOLATION, LatchstringMiddleware, can_deny
from .errors import ConfigurationError, VerificationError
from .facts import AsgiFacts
from .guard import EXPOSE_HEADER, OnRefusal, refusal_of
from .openapi import BEARER_SCHEME, OPTIONAL_SCHEME, describe_security
from .principal import Principal
from .requirements import Policy, Requirements, StalePolicy
from .settings import create_requirements
from .verifier import Verifier

__all__ = ["Latchstring", "LatchstringMiddleware", "RefusedHandshake", "RefusedRequest"]


class RefusedRequest(HTTPException):
    """A request was refused. Without :meth:`Latchstring.init_app` the framework answers it, with the right status."""

    def __init__(self, error: VerificationError) -> None:
        super().__init__(error.status, error.code, dict(error.headers))
        self.error = error


class RefusedHandshake(WebSocketException):
    """The handshake of a WebSocket was refused. Without :meth:`Latchstring.init_app` the framework closes it, with 1008."""

    def __init__(self, error: VerificationError) -> None:
        super().__init__(POLICY_VIOLATION, error.code)
        self.error = error


Refused = RefusedRequest | RefusedHandshake | VerificationError


class RequiredPrincipal(SecurityBase):
    """The dependency of :meth:`Latchstring.required`."""

    def __init__(self, verifier: Verifier, requirements: Requirements) -> None:
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = BEARER_SCHEME
        self._verifier = verifier
        self._requirements = requirements

    async def __call__(self, connection: HTTPConnection) -> Principal:
        """Finds the principal of a request, or of a WebSocket's handshake."""
        scope = connection.scope
        try:
            return await self._verifier.verify_request_async(AsgiFacts(scope), self._requirements)
        except VerificationError as error:
            raise _refused(error, scope) from None


class OptionalPrincipal(SecurityBase):
    """The dependency of :meth:`Latchstring.optional`."""

    def __init__(self, verifier: Verifier, requirements: Requirements) -> None:
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = OPTIONAL_SCHEME
        self._verifier = verifier
        self._requirements = requirements

    async def __call__(self, connection: HTTPConnection) -> Principal | None:
        """Finds the principal of a request, or of a WebSocket's handshake; None without a credential."""
        scope = connection.scope
        try:
            return await self._verifier.verify_optional_async(AsgiFacts(scope), self._requirements)
        except VerificationError as error:
            raise _refused(error, scope) from None


def _refused(error: VerificationError, scope: Mapping[str, Any]) -> Exception:
    return RefusedHandshake(error) if scope["type"] == "websocket" else RefusedRequest(error)


class Latchstring:
    """Protects routes: ``Depends(auth.required())``, on a route, a router or the whole application.

    CORS is the application's own (``CORSMiddleware``): refusals go through it. It must list ``X-CSRF-Token`` in ``allow_headers`` for
    pages on other origins.
    """

    def __init__(self, verifier: Verifier, *, on_refusal: OnRefusal | None = None) -> None:
        """``verifier``: begun and closed with the application that :meth:`init_app` is told of. ``on_refusal``: told of every refusal,
        for the log."""
        self.verifier = verifier
        self._on_refusal = on_refusal

    def init_app(self, app: Starlette) -> None:
        """Answers refusals with problem documents, follows the revocation feed as long as the application runs, and shows both ways to
        authenticate in its OpenAPI document.

        When the application starts, it raises :class:`ConfigurationError` for a CORS layer that stands inside of
        :class:`LatchstringMiddleware`, or that lets any origin send credentials.
        """
        # The last is what a route finds out by itself, with the verifier.
        for refused in (RefusedRequest, RefusedHandshake, VerificationError):
            app.add_exception_handler(refused, cast("Any", self._answer))
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(running: Any) -> AsyncGenerator[Any, None]:
            _check_layers(app)
            async with self.verifier, inner(running) as state:
                yield state

        app.router.lifespan_context = lifespan
        if isinstance(app, FastAPI):
            self._show_security(app)

    def required(
        self,
        *,
        role: str | None = None,
        roles: str | Iterable[str] = (),
        any_role: str | Iterable[str] | None = None,
        policy: Policy | None = None,
        on_stale: StalePolicy | None = None,
    ) -> RequiredPrincipal:
        """A dependency that gives the :class:`Principal` of a request that meets the requirements, and has all others answered. For
        HTTP routes, asynchronous or not, and for WebSockets: their handshake is refused before it is accepted.

        ``roles``: all of them; ``any_role``: one of them; ``policy``: a function of the principal that must answer True; ``on_stale``:
        ``"open"`` or ``"closed"`` while the revocation feed is far behind.

        Not checked: whether the principal may touch the very record that the request names; what is revoked after the handshake of a
        WebSocket.

        Raises :class:`ConfigurationError` for requirements that are none.
        """
        requirements = create_requirements(role=role, roles=roles, any_role=any_role, policy=policy, on_stale=on_stale)
        return RequiredPrincipal(self.verifier, requirements)

    def optional(self, *, on_stale: StalePolicy | None = None) -> OptionalPrincipal:
        """A dependency that gives None for a request without a credential. One that is broken is refused all the same."""
        return OptionalPrincipal(self.verifier, Requirements(on_stale=on_stale))

    async def _answer(self, connection: Request | WebSocket, refused: Refused) -> Response | None:
        error = refused if isinstance(refused, VerificationError) else refused.error
        refusal = refusal_of(error, self._on_refusal)
        response = Response(refusal.body, refusal.status, {**refusal.headers, EXPOSE_HEADER: refusal.exposed})
        if not isinstance(connection, WebSocket):
            return response
        # Older versions of Starlette have no way to answer a handshake.
        deny = getattr(connection, "send_denial_response", None)
        if (
            deny is not None
            and can_deny(connection.scope)
            and connection.application_state is WebSocketState.CONNECTING
        ):
            await deny(response)
        else:
            await connection.close(POLICY_VIOLATION, error.code)
        return None

    def _show_security(self, app: FastAPI) -> None:
        create: Callable[[], dict[str, Any]] = app.openapi

        def openapi() -> dict[str, Any]:
            return describe_security(create(), self.verifier.cookies)

        # The framework's own way to change the document.
        app.openapi = openapi  # type: ignore[method-assign]


_CREDENTIALS: Final = "allow_credentials"


def _check_layers(app: Starlette) -> None:
    seen: Literal["nothing", "guard"] = "nothing"
    for layer in app.user_middleware:
        kind: object = layer.cls
        options: Mapping[str, Any] = layer.kwargs
        if kind is LatchstringMiddleware:
            seen = "guard"
        if kind is CORSMiddleware:
            if seen == "guard":
                raise ConfigurationError(
                    "CORSMiddleware stands inside of LatchstringMiddleware, so preflights would be refused: add it after."
                )
            # Fetch standard, section 3.3.5: whoever answers any origin with credentials lets every page read as the person.
            if options.get(_CREDENTIALS) and "*" in options.get("allow_origins", ()):
                raise ConfigurationError(
                    'CORSMiddleware lets any origin send credentials: list the origins in allow_origins instead of "*".'
                )
