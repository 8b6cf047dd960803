"""The API of the application: its own data, and Latchstring's word on who asks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from latchstring import Principal, Verifier
from latchstring.fastapi import Latchstring

import settings
from notebooks import LONGEST_BODY, Notebooks, note_text

# This, and `auth.required()` among what a route depends on, are all that protects it.
auth = Latchstring(Verifier(issuer=settings.ISSUER, audience=settings.AUDIENCE, origins=settings.ORIGINS.split(",")))

LoggedIn = Annotated[Principal, Depends(auth.required())]
Administrator = Annotated[Principal, Depends(auth.required(role="admin"))]


def forbid_caching(response: Response) -> None:
    """What a person has written is not for caches."""
    response.headers["Cache-Control"] = "no-store"


api = APIRouter(prefix="/api", dependencies=[Depends(forbid_caching)])
notebooks = Notebooks()


@api.get("/public")
async def public() -> dict[str, int]:
    """For everyone."""
    return {"notes": notebooks.count()}


@api.get("/notes")
async def read_notes(principal: LoggedIn) -> dict[str, Any]:
    """For whoever is logged in."""
    return {"notes": notebooks.of(principal.subject)}


@api.post("/notes", status_code=201)
async def add_note(principal: LoggedIn, request: Request) -> dict[str, Any]:
    """Origin and CSRF token are checked by the dependency as well: nothing to do here."""
    return dict(notebooks.add(principal.subject, note_text(await read_body(request))))


@api.get("/report")
async def report(_: Administrator) -> dict[str, Any]:
    """For administrators."""
    return {"notes": notebooks.count(), "people": notebooks.people()}


@api.get("", include_in_schema=False)
@api.get("/{path:path}", include_in_schema=False)
async def nothing() -> None:
    """What no route answers is not a page either."""
    raise HTTPException(404)


async def read_body(request: Request) -> bytes:
    """The body, as far as it is as small as a note can be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise HTTPException(413)
    return bytes(body)
