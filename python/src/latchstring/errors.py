"""The errors of Latchstring. Programs compare ``code``; the sentences are for people and may change."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypedDict

VerificationCode = Literal[
    "credentials_ambiguous",
    "credentials_missing",
    "token_malformed",
    "token_wrong_type",
    "token_untrusted",
    "token_expired",
    "token_not_yet_valid",
    "token_wrong_issuer",
    "token_wrong_audience",
    "token_revoked",
    "token_outdated",
    "csrf_failed",
    "role_missing",
    "keys_unavailable",
    "revocations_stale",
]
"""The codes with which a verifier refuses a request."""

ERRORS: Final[Mapping[VerificationCode, tuple[int, str]]] = MappingProxyType(
    {
        "credentials_ambiguous": (400, "More than one credential, or one in the wrong channel"),
        "credentials_missing": (401, "Not logged in"),
        "token_malformed": (401, "The access token is not well formed"),
        "token_wrong_type": (401, "The token is not an access token"),
        "token_untrusted": (401, "The access token is not signed by a trusted key"),
        "token_expired": (401, "The access token has expired"),
        "token_not_yet_valid": (401, "The access token is not valid yet"),
        "token_wrong_issuer": (401, "The access token is from another issuer"),
        "token_wrong_audience": (401, "The access token is for another audience"),
        "token_revoked": (401, "The session was ended"),
        "token_outdated": (401, "The access token was superseded: refresh it"),
        "csrf_failed": (403, "The request does not prove that it comes from the application"),
        "role_missing": (403, "The role that this needs is missing"),
        "keys_unavailable": (503, "The keys of the issuer could not be loaded"),
        "revocations_stale": (503, "The revocation feed is behind"),
    }
)
"""The HTTP status and the title of every code of a refusal."""


class ProblemDocument(TypedDict):
    """The body of a refusal (RFC 9457), with Latchstring's ``code`` and ``trace_id`` beside the standard's members."""

    type: str
    title: str
    status: int
    code: VerificationCode
    detail: str
    trace_id: str


class VerificationError(Exception):
    """A request or a token was refused. Neither the message nor any other member holds a part of a token, a cookie or a secret."""

    code: VerificationCode
    status: int
    """The HTTP status that answers it."""
    retry_after: int | None
    """Whole seconds after which it is worth trying again."""
    headers: Mapping[str, str]
    """``www-authenticate`` (RFC 6750 section 3) and ``retry-after``, each where it applies."""

    def __init__(self, code: VerificationCode, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.status = ERRORS[code][0]
        self.retry_after = retry_after
        headers: dict[str, str] = {}
        challenge = bearer_challenge(code)
        if challenge is not None:
            headers["www-authenticate"] = challenge
        if retry_after is not None:
            headers["retry-after"] = str(retry_after)
        self.headers = MappingProxyType(headers)

    @property
    def detail(self) -> str:
        """A sentence for the developer."""
        return str(self.args[0])

    def to_problem(self, trace_id: str) -> ProblemDocument:
        """The problem document (RFC 9457) that answers the request."""
        status, title = ERRORS[self.code]
        return {
            "type": f"urn:latchstring:{self.code}",
            "title": title,
            "status": status,
            "code": self.code,
            "detail": self.detail,
            "trace_id": trace_id,
        }

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (self.code, self.detail, self.retry_after))


def _restore(code: VerificationCode, detail: str, retry_after: int | None) -> VerificationError:
    return VerificationError(code, detail, retry_after=retry_after)


def bearer_challenge(code: VerificationCode) -> str | None:
    """The ``WWW-Authenticate`` challenge of a code, or None where the scheme has none for it (RFC 6750 section 3)."""
    # RFC 6750 section 3.1: a request without credentials gets no error code.
    if code == "credentials_missing":
        return "Bearer"
    if code == "role_missing":
        return 'Bearer error="insufficient_scope", error_description="role_missing"'
    if code.startswith("token_"):
        return f'Bearer error="invalid_token", error_description="{code}"'
    if code == "credentials_ambiguous":
        return f'Bearer error="invalid_request", error_description="{code}"'
    return None


class ConfigurationError(ValueError):
    """A setting is wrong or unsafe. The message says how to mend it, and holds nothing of a secret."""


KeySetFault = Literal["not_a_key_set", "duplicate_kid", "mixed_kinds", "no_usable_key", "unreachable"]
"""Why a key set was refused as a whole."""


class KeySetError(Exception):
    """A key set was refused as a whole. A single unfit key does not do that: it is left out of the set."""

    code: KeySetFault

    def __init__(self, code: KeySetFault, detail: str) -> None:
        super().__init__(detail)
        self.code = code


RevocationFeedFault = Literal["unreachable", "not_a_feed", "untrusted_event", "silent"]
"""``unreachable``: no connection, or one that broke. ``not_a_feed``: an answer with another status or content type, or too large.
``untrusted_event``: an event that is not the issuer's, or not of the form that it must have. ``silent``: nothing new came."""


class RevocationFeedError(Exception):
    """The revocation feed has failed for the moment. The verifier tries again by itself."""

    code: RevocationFeedFault

    def __init__(self, code: RevocationFeedFault, detail: str) -> None:
        super().__init__(detail)
        self.code = code


JsonFault = Literal["syntax", "encoding", "duplicate_name", "depth", "number"]
"""Which rule of strict JSON a text broke."""


class StrictJsonError(Exception):
    """A text is not the strict JSON that :func:`latchstring.strict_json.parse_strict_json` takes. Holds nothing of the text."""

    code: JsonFault

    def __init__(self, code: JsonFault, detail: str) -> None:
        super().__init__(detail)
        self.code = code
