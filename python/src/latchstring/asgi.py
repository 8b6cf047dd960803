"""Protects an ASGI application, whatever its framework: Starlette, FastAPI, Litestar, Quart, or none.

::

    app = Starlette(routes=[Mount("/admin", LatchstringMiddleware(admin, verifier, role="admin"))])
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final

from .errors import VerificationError
from .facts import AsgiFacts
from .guard import EXPOSE_HEADER, OnRefusal, Refusal, refusal_of
from .requirements import Policy, StalePolicy
from .settings import create_requirements
from .verifier import Verifier

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY_VIOLATION: Final = 1008
"""The code with which the handshake of a WebSocket is refused (RFC 6455 section 7.4.1)."""

DENIAL_EXTENSION: Final = "websocket.http.response"
"""The extension of ASGI by which a handshake is answered as a request is."""


class LatchstringMiddleware:
    """Lets requests and WebSocket handshakes of a principal who meets the requirements reach an application, and answers all others.

    The principal is in ``scope["state"]["principal"]``, which Starlette and FastAPI show as ``request.state.principal``.

    The CORS layer belongs outside of it: a preflight carries no credential and is refused here, and only what stands outside can
    add its headers to a refusal.

    Not checked: whether the principal may touch the very record that the request names; what is revoked after the handshake of a
    WebSocket.
    """

    def __init__(
        self,
        app: AsgiApp,
        verifier: Verifier,
        *,
        is_optional: bool = False,
        role: str | None = None,
        roles: str | Iterable[str] = (),
        any_role: str | Iterable[str] | None = None,
        policy: Policy | None = None,
        on_stale: StalePolicy | None = None,
        on_refusal: OnRefusal | None = None,
    ) -> None:
        """``is_optional``: requests without a credential pass too, the principal being None; a broken one is refused all the same.
        ``role``, ``roles``, ``any_role``, ``policy``, ``on_stale``: see :func:`latchstring.settings.create_requirements`.
        ``on_refusal``: told of every refusal, for the log.

        Raises :class:`latchstring.ConfigurationError` for requirements that are none.
        """
        self._app = app
        self._requirements = create_requirements(
            role=role, roles=roles, any_role=any_role, policy=policy, on_stale=on_stale
        )
        self._verify = verifier.verify_optional_async if is_optional else verifier.verify_request_async
        self._on_refusal = on_refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or calls the application."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            principal = await self._verify(AsgiFacts(scope), self._requirements)
        except VerificationError as error:
            await send_refusal(scope, send, error, refusal_of(error, self._on_refusal))
            return
        # A copy: a server that gives the same state to every request must not give the principal with it.
        state = {**scope.get("state", {}), "principal": principal}
        await self._app({**scope, "state": state}, receive, send)


async def send_refusal(scope: Mapping[str, Any], send: Send, error: VerificationError, refusal: Refusal) -> None:
    """Answers a request, or a handshake that was not accepted yet: as a request where the server can, else it is closed with 1008 and the
    code as its reason, which servers show as 403."""
    prefix = ""
    if scope["type"] == "websocket":
        if not can_deny(scope):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": error.code})
            return
        prefix = "websocket."
    headers = {
        **refusal.headers,
        EXPOSE_HEADER: refusal.exposed,
        "content-length": str(len(refusal.body)),
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": f"{prefix}http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": f"{prefix}http.response.body", "body": refusal.body})


def can_deny(scope: Mapping[str, Any]) -> bool:
    """Whether the server can answer a handshake as it answers a request."""
    return DENIAL_EXTENSION in (scope.get("extensions") or {})
