"""What every adapter does with a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from uuid import uuid4

from .errors import VerificationError

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
"""The media type of an error document (RFC 9457)."""

EXPOSE_HEADER: Final = "access-control-expose-headers"
"""Header and value have to be added to what is there, so they are not among :attr:`Refusal.headers`."""

EXPOSED: Final = "WWW-Authenticate, Retry-After, X-Trace-Id"

OnRefusal = Callable[[VerificationError, str], None]
"""Told of every refusal, with the id that the answer carries as ``X-Trace-Id``: the place for a line in a log."""


class Refusal(NamedTuple):
    """The answer to a refused request, for a framework to send."""

    status: int
    headers: Mapping[str, str]
    exposed: str
    """A value to append to ``Access-Control-Expose-Headers``, which the application's CORS layer may have set as well."""
    body: bytes


def refusal_of(error: VerificationError, on_refusal: OnRefusal | None = None) -> Refusal:
    """Turns a refusal into its answer (RFC 9457, RFC 6750 section 3): the same bytes as the adapters for Node send."""
    trace_id = str(uuid4())
    if on_refusal is not None:
        on_refusal(error, trace_id)
    headers = {
        **error.headers,
        "content-type": PROBLEM_MEDIA_TYPE,
        "cache-control": "no-store",
        "x-trace-id": trace_id,
    }
    body = json.dumps(error.to_problem(trace_id), ensure_ascii=False, separators=(",", ":"))
    return Refusal(error.status, headers, EXPOSED, body.encode())
