"""The whole application: security headers, the API, and the pages. Any WSGI server runs it: ``gunicorn app:app``."""

from __future__ import annotations

from flask import Flask, Response, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

import settings
from api import api, latchstring
from notebooks import LONGEST_BODY, RequestError
from pages import Pages, cache_control, security_headers

app = Flask(__name__, static_folder=None)
app.config.update(
    LATCHSTRING_ISSUER=settings.ISSUER,
    LATCHSTRING_AUDIENCE=settings.AUDIENCE,
    LATCHSTRING_ORIGINS=settings.ORIGINS,
    MAX_CONTENT_LENGTH=LONGEST_BODY,
)
latchstring.init_app(app)
app.register_blueprint(api)

pages = Pages(settings.PAGES, settings.ISSUER)
headers = security_headers(settings.ISSUER)


@app.get("/", defaults={"path": ""})
@app.get("/<path:path>")
def show_page(path: str) -> ResponseReturnValue:
    """A file of the frontend, or its page."""
    file = pages.find(f"/{path}")
    if file is None and not pages.is_page(f"/{path}"):
        raise NotFound
    response = Response(pages.index, mimetype="text/html") if file is None else send_file(file)
    response.headers["Cache-Control"] = cache_control(f"/{path}")
    return response


@app.after_request
def add_headers(response: Response) -> Response:
    """Every answer has them."""
    response.headers.update(headers)
    return response


@app.errorhandler(RequestError)
def answer_request_error(error: RequestError) -> ResponseReturnValue:
    """What is wrong with a request, said to its sender."""
    return problem(400, "request_invalid", str(error))


@app.errorhandler(HTTPException)
def answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """Errors as JSON, in the form that Latchstring's own have. Says nothing of what is not the sender's fault."""
    if isinstance(error, (NotFound, MethodNotAllowed)):
        return problem(404, "not_found", "There is no such route.")
    if isinstance(error, RequestEntityTooLarge):
        return problem(413, "request_too_large", "The request could not be answered.")
    if error.code is not None and error.code < 500:
        return problem(400, "request_invalid", "The request could not be answered.")
    return problem(500, "internal_error", "The request could not be answered.")


def problem(status: int, code: str, detail: str) -> ResponseReturnValue:
    """An error's document, and its status."""
    return {"status": status, "code": code, "detail": detail}, status
