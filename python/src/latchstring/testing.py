"""Tokens for the tests of applications, from a throwaway key.

With pytest, the fixture ``latchstring_issuer`` gives an :class:`Issuer` without an import.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from .base64url import encode_base64url
from .cookies import cookie_names
from .csrf import csrf_digest
from .keys import KeySet, static_keys
from .principal import Mode
from .verifier import Verifier

_ES256 = ec.ECDSA(SHA256())


class Issuer:
    """Plays Latchstring in a test: issues access tokens, and makes the verifier that takes them. Nothing is served or loaded.

    Its key is made anew for each object, so no token of a test is good for anything else.
    """

    issuer: str
    audience: str
    jwks: Mapping[str, Any]
    """The key set, for a test that serves it."""
    keys: KeySet
    """The key set as ``Verifier(keys=…)`` takes it."""

    def __init__(
        self,
        issuer: str = "https://auth.example.com",
        audience: str = "https://api.example.com",
        *,
        cookie_domain: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """``issuer``, ``audience`` and ``cookie_domain``: those of the verifier under test. ``now``: seconds since the Unix epoch."""
        self.issuer = issuer
        self.audience = audience
        self._cookies = cookie_names(issuer, cookie_domain)
        self._cookie_domain = cookie_domain
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        self._kid = secrets.token_urlsafe(16)
        jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": _text(numbers.x.to_bytes(32, "big")),
            "y": _text(numbers.y.to_bytes(32, "big")),
        }
        self.jwks = {"keys": [{**jwk, "kid": self._kid, "alg": "ES256", "use": "sig"}]}
        self.keys = static_keys(self.jwks)

    def verifier(self, **options: Any) -> Verifier:
        """A verifier that takes these tokens and follows no feed. ``options``: any of its others."""
        own: dict[str, Any] = {
            "issuer": self.issuer,
            "audience": self.audience,
            "cookie_domain": self._cookie_domain,
            "keys": self.keys,
            "now": self._now,
        }
        return Verifier(**{**own, **options})

    def token(
        self,
        subject: str | None = None,
        *,
        roles: Iterable[str] = (),
        mode: Mode = "bearer",
        lifetime: float = 900,
        claims: Mapping[str, Any] | None = None,
        csrf_token: str | None = None,
    ) -> str:
        """An access token of a new session, as Latchstring issues it (RFC 9068).

        ``lifetime`` in seconds; below zero the token has expired. ``claims``: further ones, or others; None as a value leaves one out.
        ``csrf_token``: in mode ``cookie``, the token that belongs to it.
        """
        now = int(self._now())
        every: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject or str(uuid4()),
            "sid": str(uuid4()),
            "ver": 1,
            "jti": str(uuid4()),
            "iat": now + min(0, int(lifetime)),
            "exp": now + int(lifetime),
            "client_id": "web" if mode == "cookie" else "native",
            "auth_time": now,
            "amr": ["pwd"],
            "roles": [roles] if isinstance(roles, str) else list(roles),
        }
        if mode == "cookie":
            every["csrf"] = _text(csrf_digest(csrf_token or secrets.token_urlsafe(32)))
        every.update(claims or {})
        return self.sign({name: value for name, value in every.items() if value is not None})

    def sign(self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
        """The very claims, signed. ``header``: further members, or others."""
        full = {"alg": "ES256", "kid": self._kid, "typ": "at+jwt", **(header or {})}
        signed = b".".join(
            encode_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (full, claims)
        )
        r, s = decode_dss_signature(self._key.sign(signed, _ES256))
        return f"{signed.decode()}.{_text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def bearer(self, subject: str | None = None, **options: Any) -> dict[str, str]:
        """The headers of a request with a bearer token. ``options``: those of :meth:`token`."""
        return {"Authorization": f"Bearer {self.token(subject, **options)}"}

    def cookie(self, subject: str | None = None, **options: Any) -> dict[str, str]:
        """The headers of a request that the application's own page makes with cookies, good for unsafe methods too. ``options``:
        those of :meth:`token`."""
        csrf_token = secrets.token_urlsafe(32)
        token = self.token(subject, mode="cookie", csrf_token=csrf_token, **options)
        return {
            "Cookie": f"{self._cookies.access}={token}; {self._cookies.csrf}={csrf_token}",
            "Origin": self.issuer,
            "X-CSRF-Token": csrf_token,
        }


def _text(data: bytes) -> str:
    return encode_base64url(data).decode()
