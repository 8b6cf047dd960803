"""The whole application: security headers, the API, and the pages. Any ASGI server runs it: ``uvicorn app:app``."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import settings
from api import api, auth
from notebooks import RequestError
from pages import Pages, cache_control, security_headers

CODES: Final = {404: "not_found", 413: "request_too_large"}


class SecurityHeaders:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        """The application inside."""
        self._app = app
        self._headers = security_headers(settings.ISSUER)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the application inside does, with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


# Its pages load scripts from elsewhere, which the policy of these pages forbids.
app = FastAPI(docs_url=None, redoc_url=None)
app.add_middleware(SecurityHeaders)
auth.init_app(app)
app.include_router(api)

pages = Pages(settings.PAGES, settings.ISSUER)


@app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
async def show_page(path: str) -> Response:
    """A file of the frontend, or its page."""
    file = pages.find(f"/{path}")
    if file is None and not pages.is_page(f"/{path}"):
        raise HTTPException(404)
    response = HTMLResponse(pages.index) if file is None else FileResponse(file)
    response.headers["Cache-Control"] = cache_control(f"/{path}")
    return response


def problem(status: int, code: str, detail: str) -> Response:
    """An error's document."""
    return JSONResponse({"status": status, "code": code, "detail": detail}, status)


@app.exception_handler(RequestError)
async def answer_request_error(_: Request, error: RequestError) -> Response:
    """What is wrong with a request, said to its sender."""
    return problem(400, "request_invalid", str(error))


@app.exception_handler(HTTPException)
async def answer_http_error(_: Request, error: HTTPException) -> Response:
    """Errors as JSON, in the form that Latchstring's own have."""
    # A method that no route has is a route that is not there.
    status = 404 if error.status_code == 405 else error.status_code
    detail = "There is no such route." if status == 404 else "The request could not be answered."
    return problem(status, CODES.get(status, "request_invalid"), detail)


@app.exception_handler(Exception)
async def answer_failure(_: Request, _error: Exception) -> Response:
    """Says nothing of what is not the sender's fault."""
    return problem(500, "internal_error", "The request could not be answered.")
