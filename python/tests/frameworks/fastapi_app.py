"""The application of the tests in FastAPI."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from frameworks.setup import APP, Setup, setup_of_environment

from latchstring import Principal, Verifier
from latchstring.fastapi import Latchstring, LatchstringMiddleware
from latchstring.settings import create_verifier


def create_app(setup: Setup | None = None) -> FastAPI:
    chosen = setup or setup_of_environment()
    verifier: Verifier = chosen.verifier or create_verifier(chosen.settings)
    app = FastAPI()
    auth = Latchstring(verifier, on_refusal=chosen.on_refusal)
    auth.init_app(app)
    logged_in, admin, auditor = (
        auth.required(),
        auth.required(role="admin"),
        auth.required(any_role=["admin", "auditor"]),
    )

    @app.get("/me")
    async def me(principal: Annotated[Principal, Depends(logged_in)]) -> Any:
        return {"subject": principal.subject}

    @app.post("/me")
    async def change_me(principal: Annotated[Principal, Depends(logged_in)]) -> Any:
        return {"subject": principal.subject}

    @app.get("/sync/me")
    def me_sync(principal: Annotated[Principal, Depends(logged_in)]) -> Any:
        return {"subject": principal.subject}

    @app.get("/admin")
    async def administer(principal: Annotated[Principal, Depends(admin)]) -> Any:
        return {"subject": principal.subject}

    @app.get("/open")
    async def stays_open(principal: Annotated[Principal, Depends(auth.required(on_stale="open"))]) -> Any:
        return {"subject": principal.subject}

    @app.get("/maybe")
    async def maybe(principal: Annotated[Principal | None, Depends(auth.optional(on_stale="open"))]) -> Any:
        return {"subject": principal and principal.subject}

    router = APIRouter(prefix="/scope", dependencies=[Depends(auditor)])

    @router.get("/me")
    async def scope_me(principal: Annotated[Principal, Depends(auditor)]) -> Any:
        return {"subject": principal.subject}

    app.include_router(router)

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, principal: Annotated[Principal, Depends(logged_in)]) -> None:
        await websocket.accept()
        await websocket.send_text(principal.subject)
        await websocket.close()

    inner = FastAPI()

    @inner.get("/me")
    async def inner_me(request: Request) -> Any:
        return {"subject": request.state.principal.subject}

    @inner.websocket("/socket")
    async def inner_socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(websocket.state.principal.subject)
        await websocket.close()

    app.mount("/inner", LatchstringMiddleware(inner, verifier, on_refusal=chosen.on_refusal))
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[APP],
        allow_credentials=True,
        allow_methods=["GET", "POST"],
        allow_headers=["X-CSRF-Token"],
        expose_headers=["X-Own", "WWW-Authenticate", "Retry-After", "X-Trace-Id"],
    )
    return app
