"""Checks tokens and requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Literal

from .cache import RecentCache
from .claims import ACCESS_TOKEN_TYPES, AccessTokenClaims, Expectations, check_times, parse_claims
from .compact import CompactToken, HeaderPolicy, TokenHeader, parse_compact
from .cookies import CookieNames, cookie_names
from .credentials import ambiguous, find_credential
from .csrf import check_csrf
from .errors import VerificationError
from .facts import RequestFacts
from .fetch import Fetch
from .issued_claims import IssuedClaims
from .keys import KeySource, VerificationKey
from .options import read_options
from .principal import Mode, Principal
from .requirements import Requirements, StalePolicy
from .revocations.gate import create_revocation_gate
from .revocations.options import RevocationOptions
from .revocations.status import Revocations
from .signature import verify_signature
from .waiting import Pending

# What an entry takes beside its text: objects of the claims and of the principal, by measurement about this much.
_ENTRY_OVERHEAD_BYTES: Final = 5000

# Only headers under a right signature are remembered, and an issuer has a few.
_MAXIMUM_HEADERS: Final = 16


class Verifier:
    """Checks tokens and requests. Holds no secret unless it was made with one. For many threads at once, and for event loops.

    Make one per issuer and audience and keep it: its cache is what makes it quick. Nothing is loaded, and no thread begins, before
    the first token comes or :meth:`start` is called. A process that is forked from this one follows the feed by itself.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        algorithms: Iterable[str] | None = None,
        secret: str | bytes | None = None,
        origins: Iterable[str] = (),
        cookie_domain: str | None = None,
        keys: KeySource | None = None,
        clock_tolerance: float = 30,
        cache_entries: int = 10_000,
        cache_bytes: int = 64 * 1024 * 1024,
        now: Callable[[], float] | None = None,
        fetch: Fetch | None = None,
        revocations: Literal["feed", "none"] | RevocationOptions | None = None,
    ) -> None:
        """All times in seconds.

        ``issuer``: the issuer's origin, without a path: https, or http on localhost. ``audience``: the audience that this service is; a
        member of ``aud`` must be equal to it. ``algorithms``: those that are accepted, by default ES256, RS256 and EdDSA; not with
        ``secret``. ``secret``: a shared secret of 32 random bytes or more; accepts HS256 and nothing else, and whoever has it can forge.
        ``origins``: the origins of the pages that may make unsafe requests with cookies; the issuer's own is always among them.
        ``cookie_domain``: the domain of the cookies, where the issuer sets them for sibling hosts. ``keys``: where the keys come from, by
        default the issuer's JWKS. ``clock_tolerance``: by which the clocks may differ, 0 to 60. ``cache_entries`` and ``cache_bytes``: how
        many verified tokens are remembered, and in how much memory by estimate. ``now``: the time since the Unix epoch. ``fetch``: loads
        the JWKS and the feed. ``revocations``: whether and how the issuer's revocation feed is followed, so that ended sessions are
        refused within a second; by default ``feed`` where the keys are loaded, ``none`` where ``keys`` or ``secret`` are handed in.

        Raises :class:`latchstring.errors.ConfigurationError` for options that are wrong or unsafe.
        """
        settings = read_options(
            issuer=issuer,
            audience=audience,
            algorithms=algorithms,
            secret=secret,
            origins=origins,
            cookie_domain=cookie_domain,
            keys=keys,
            clock_tolerance=clock_tolerance,
            cache_entries=cache_entries,
            cache_bytes=cache_bytes,
            now=now,
            fetch=fetch,
            revocations=revocations,
        )
        self._keys = settings.keys
        self._now = settings.now
        self._tolerance = settings.tolerance
        self._origins = settings.origins
        self._expected = Expectations(
            settings.issuer, settings.audience, settings.tolerance, IssuedClaims(settings.issuer, settings.audience)
        )
        self._cookies = cookie_names(settings.issuer, settings.cookie_domain)
        self._cookie_name = self._cookies.access
        self._headers: dict[bytes, TokenHeader] = {}
        self._policy = HeaderPolicy(settings.algorithms, ACCESS_TOKEN_TYPES, self._headers)
        self._seen: RecentCache[AccessTokenClaims] = RecentCache(settings.cache, _ENTRY_OVERHEAD_BYTES)
        self._gate = create_revocation_gate(settings.revocations)
        self._follows = settings.revocations is not None

    @property
    def issuer(self) -> str:
        """The issuer's origin."""
        return self._expected.issuer

    @property
    def cookies(self) -> CookieNames:
        """The names of the cookies that this issuer sets."""
        return self._cookies

    @property
    def origins(self) -> frozenset[str]:
        """The origins of the pages that may make unsafe requests with cookies."""
        return self._origins

    @property
    def revocations(self) -> Revocations:
        """The revocation feed that this verifier follows."""
        return self._gate

    def verify_token(self, token: str, *, on_stale: StalePolicy | None = None) -> Mapping[str, Any]:
        """Checks an access token by itself: form, header, signature, times, issuer, audience, revocation. Gives its claims.

        Not checked: how the token travelled, CSRF, origin, roles. For a request use :meth:`verify_request`.

        Raises :class:`VerificationError`: every ``token_…`` code, ``keys_unavailable`` and ``revocations_stale``.
        """
        claims = self._verify(token)
        if isinstance(claims, Pending):
            claims = claims.wait()
        waiting = self._gate.check(claims, claims.key.kid, on_stale) if self._follows else None
        if waiting is not None:
            waiting.wait()
        return claims.every

    async def verify_token_async(self, token: str, *, on_stale: StalePolicy | None = None) -> Mapping[str, Any]:
        """As :meth:`verify_token`, for event loops."""
        claims = self._verify(token)
        if isinstance(claims, Pending):
            claims = await claims.wait_async()
        waiting = self._gate.check(claims, claims.key.kid, on_stale) if self._follows else None
        if waiting is not None:
            await waiting.wait_async()
        return claims.every

    def verify_request(self, request: RequestFacts, requirements: Requirements | None = None) -> Principal:
        """Checks a request: finds its one token, checks that, and what the channel and the route demand (credentials, token,
        revocation, CSRF and origin for cookies, roles). Blocks only where keys or a first snapshot are under way, and not for long.

        Not checked: whether the user may touch this very record, and revocation where the feed is not followed or is behind.

        Raises :class:`VerificationError`: every ``VerificationCode``.
        """
        token, mode = find_credential(request, self._cookie_name)
        verified = self._verify(token)
        if isinstance(verified, Pending):
            verified = verified.wait()
        principal = self._admit(verified, mode, request, requirements)
        return principal.wait() if isinstance(principal, Pending) else principal

    async def verify_request_async(self, request: RequestFacts, requirements: Requirements | None = None) -> Principal:
        """As :meth:`verify_request`, for event loops: never blocks, and awaits nothing where keys and feed are at hand."""
        token, mode = find_credential(request, self._cookie_name)
        verified = self._verify(token)
        if isinstance(verified, Pending):
            verified = await verified.wait_async()
        principal = self._admit(verified, mode, request, requirements)
        return await principal.wait_async() if isinstance(principal, Pending) else principal

    def verify_optional(self, request: RequestFacts, requirements: Requirements | None = None) -> Principal | None:
        """As :meth:`verify_request`; None for a request without a credential. One that is broken is refused all the same."""
        try:
            return self.verify_request(request, requirements)
        except VerificationError as error:
            if error.code == "credentials_missing":
                return None
            raise

    async def verify_optional_async(
        self, request: RequestFacts, requirements: Requirements | None = None
    ) -> Principal | None:
        """As :meth:`verify_optional`, for event loops."""
        try:
            return await self.verify_request_async(request, requirements)
        except VerificationError as error:
            if error.code == "credentials_missing":
                return None
            raise

    def start(self) -> None:
        """Begins to follow the feed in the background, so that the first request need not wait. Never blocks. Again: nothing; after
        :meth:`close` it begins anew."""
        self._gate.start()

    def close(self) -> None:
        """Stops following the feed. What is known of it grows stale from then on. May be called again."""
        closing = self._gate.close()
        if closing is not None:
            closing.wait()

    async def aclose(self) -> None:
        """As :meth:`close`, for event loops."""
        closing = self._gate.close()
        if closing is not None:
            await closing.wait_async()

    def __enter__(self) -> Verifier:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Verifier:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _verify(self, token: str) -> AccessTokenClaims | Pending[AccessTokenClaims]:
        # Whatever else a caller has handed in, it is refused for its form.
        seen = self._seen.get(token) if isinstance(token, str) else None
        if seen is None:
            return self._verify_anew(token)
        if self._follows:
            self._gate.check_key(seen.key.kid)
        if not self._keys.holds(seen.key):
            self._seen.delete(token)
            return self._verify_anew(token)
        now, tolerance = self._now(), self._tolerance
        if not seen.begin - tolerance <= now < seen.exp + tolerance:
            check_times(seen, tolerance, now)
        return seen

    def _verify_anew(self, token: str) -> AccessTokenClaims | Pending[AccessTokenClaims]:
        parts = parse_compact(token, self._policy)
        header = parts[0]
        if self._follows:
            self._gate.check_key(header.kid)
        try:
            key = self._keys.find(header.kid, header.alg)
        except VerificationError:
            raise
        except Exception as error:
            raise _unavailable() from error
        if isinstance(key, Pending):
            return self._finish_later(token, parts, key)
        return self._finish(token, parts, key)

    def _finish_later(
        self, token: str, parts: CompactToken, key: Pending[VerificationKey | None]
    ) -> Pending[AccessTokenClaims]:
        return key.otherwise(_unavailable).then(lambda found: self._finish(token, parts, found))

    def _finish(self, token: str, parts: CompactToken, found: VerificationKey | None) -> AccessTokenClaims:
        key = verify_signature(parts, found)
        claims = parse_claims(key, parts, self._expected, self._now())
        header, header_text, _, _, _ = parts
        if header_text not in self._headers:
            self._remember_header(header_text, header)
        self._seen.set(token, claims)
        return claims

    def _remember_header(self, text: bytes, header: TokenHeader) -> None:
        if len(self._headers) >= _MAXIMUM_HEADERS:
            self._headers.clear()
        self._headers[text] = header

    def _admit(
        self, claims: AccessTokenClaims, mode: Mode, request: RequestFacts, requirements: Requirements | None
    ) -> Principal | Pending[Principal]:
        """What is checked on every request, after the token itself."""
        principal = claims.principal or claims.make_principal()
        if principal.mode != mode:
            raise ambiguous("The token came by a channel that it was not made for.")
        if self._follows:
            on_stale = None if requirements is None else requirements.on_stale
            waiting = self._gate.check(claims, claims.key.kid, on_stale)
            if waiting is not None:
                return waiting.then(lambda _: self._allow(claims, principal, request, requirements))
        if claims.csrf is None and (requirements is None or not requirements.is_demanding):
            return principal
        return self._allow(claims, principal, request, requirements)

    def _allow(
        self, claims: AccessTokenClaims, principal: Principal, request: RequestFacts, requirements: Requirements | None
    ) -> Principal:
        if claims.csrf is not None:
            check_csrf(request, claims.csrf, self._origins)
        if requirements is not None and requirements.is_demanding:
            requirements.check(principal)
        return principal


def _unavailable() -> VerificationError:
    """Whatever a key source raises, there is no key to judge by."""
    return VerificationError("keys_unavailable", "The keys could not be looked up.", retry_after=1)
