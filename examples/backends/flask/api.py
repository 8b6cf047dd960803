"""The API of the application: its own data, and Latchstring's word on who asks."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from latchstring.flask import Latchstring, current_principal

from notebooks import Notebooks, note_text

# The extension, and `@latchstring.required()` below a route, are all that protects it.
latchstring = Latchstring()

api = Blueprint("api", __name__, url_prefix="/api")
notebooks = Notebooks()


@api.get("/public")
def public() -> ResponseReturnValue:
    """For everyone."""
    return {"notes": notebooks.count()}


@api.get("/notes")
@latchstring.required()
def read_notes() -> ResponseReturnValue:
    """For whoever is logged in."""
    return {"notes": notebooks.of(current_principal.subject)}


@api.post("/notes")
@latchstring.required()
def add_note() -> ResponseReturnValue:
    """Origin and CSRF token are checked by the decorator as well: nothing to do here."""
    return notebooks.add(current_principal.subject, note_text(request.get_data())), 201


@api.get("/report")
@latchstring.required(role="admin")
def report() -> ResponseReturnValue:
    """For administrators."""
    return {"notes": notebooks.count(), "people": notebooks.people()}


@api.route("/", defaults={"path": ""})
@api.route("/<path:path>")
def nothing(path: str) -> ResponseReturnValue:
    """What no route answers is not a page either."""
    abort(404)


@api.after_request
def forbid_caching(response: Response) -> Response:
    """What a person has written is not for caches."""
    response.headers["Cache-Control"] = "no-store"
    return response
