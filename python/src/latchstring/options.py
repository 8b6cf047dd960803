"""The options of a verifier, checked."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple

from .algorithms import ASYMMETRIC_ALGORITHMS, DEFAULT_ALGORITHMS
from .cache import CacheBounds
from .claims import check_tolerance
from .cookies import is_localhost_origin
from .errors import ConfigurationError
from .fetch import Fetch
from .jwks import RemoteKeys
from .keys import KeySource, SecretKeySource
from .revocations.feed_secret import feed_secret_source
from .revocations.options import (
    RevocationContext,
    RevocationOptions,
    RevocationSettings,
    read_revocation_options,
)
from .shared_secret import parse_secret

_JWKS_ROUTE: Final = "/.well-known/jwks.json"


class VerifierSettings(NamedTuple):
    """The options, checked and filled in."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    origins: frozenset[str]
    cookie_domain: str | None
    keys: KeySource
    tolerance: float
    cache: CacheBounds
    now: Callable[[], float]
    revocations: RevocationSettings | None
    """None where the feed is not followed."""


def read_options(
    *,
    issuer: str,
    audience: str,
    algorithms: Iterable[str] | None,
    secret: str | bytes | None,
    origins: Iterable[str],
    cookie_domain: str | None,
    keys: KeySource | None,
    clock_tolerance: float,
    cache_entries: int,
    cache_bytes: int,
    now: Callable[[], float] | None,
    fetch: Fetch | None,
    revocations: Literal["feed", "none"] | RevocationOptions | None,
) -> VerifierSettings:
    """Checks the options of a verifier.

    Raises :class:`ConfigurationError` with a sentence that says how to mend it.
    """
    check_origin_option(issuer, "issuer")
    tolerance = check_tolerance(clock_tolerance)
    if not isinstance(audience, str) or not audience:
        raise ConfigurationError(
            'The option audience must be the name of this service, as the issuer writes it into "aud".'
        )
    trust = _read_trust(issuer, secret, algorithms, keys, fetch, now)
    wall = now or time.time
    if isinstance(origins, str):
        raise ConfigurationError('The option origins is a list, such as ["https://app.example.com"].')
    return VerifierSettings(
        issuer=issuer,
        audience=audience,
        algorithms=trust.algorithms,
        origins=frozenset([issuer, *(check_origin_option(origin, "origins") for origin in origins)]),
        cookie_domain=_check_cookie_domain(cookie_domain, issuer),
        keys=trust.keys,
        tolerance=tolerance,
        cache=CacheBounds(_check_size(cache_entries, "cache_entries"), _check_size(cache_bytes, "cache_bytes")),
        now=wall,
        revocations=read_revocation_options(
            RevocationContext(issuer, trust.algorithms, trust.feed_keys, wall, fetch), revocations
        ),
    )


class _Trust(NamedTuple):
    algorithms: frozenset[str]
    keys: KeySource
    feed_keys: KeySource
    """The keys that sign the revocation feed."""


def _read_trust(
    issuer: str,
    secret: str | bytes | None,
    algorithms: Iterable[str] | None,
    keys: KeySource | None,
    fetch: Fetch | None,
    now: Callable[[], float] | None,
) -> _Trust:
    if secret is not None:
        # RFC 8725 section 3.1: a verifier either shares a secret or knows public keys, so neither can pass for the other.
        if algorithms is not None or keys is not None:
            raise ConfigurationError(
                "The option secret means HS256 alone: leave out algorithms and keys, or leave out secret."
            )
        data = parse_secret(secret)
        return _Trust(frozenset({"HS256"}), SecretKeySource(data), feed_secret_source(data))
    if keys is not None and not isinstance(keys, KeySource):
        raise ConfigurationError(
            "The option keys must be a key source: static_keys(jwks), RemoteKeys(url) or your own."
        )
    source = keys if keys is not None else RemoteKeys(issuer + _JWKS_ROUTE, fetch=fetch, now=now)
    return _Trust(_check_algorithms(algorithms), source, source)


def _check_algorithms(algorithms: Iterable[str] | None) -> frozenset[str]:
    if algorithms is None:
        return frozenset(DEFAULT_ALGORITHMS)
    names = [algorithms] if isinstance(algorithms, str) else list(algorithms)
    if not names:
        raise ConfigurationError("The option algorithms is empty, so no token could pass: leave it out.")
    if not all(name in ASYMMETRIC_ALGORITHMS for name in names):
        raise ConfigurationError(
            f"The option algorithms takes {', '.join(ASYMMETRIC_ALGORITHMS)}; for HS256 give a secret instead."
        )
    return frozenset(names)


_ORIGIN: Final = re.compile(r"(https?)://(\[[0-9a-f:]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([1-9][0-9]{0,4}))?")
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


def check_origin_option(origin: str, name: str) -> str:
    """Refuses what is no origin that a browser would send, or one that somebody on the way could answer for."""
    match = _ORIGIN.fullmatch(origin) if isinstance(origin, str) else None
    if match is not None:
        scheme, host, port = match.groups()
        is_written_so = port is None or (port != _DEFAULT_PORTS[scheme] and int(port) < 2**16)
        if is_written_so and _is_canonical(host) and (scheme == "https" or is_localhost_origin(origin)):
            return origin
    raise ConfigurationError(
        f'The option {name} takes origins such as "https://app.example.com": https (http on localhost alone), lower case, '
        "no path, no slash at the end, no wildcard."
    )


def _is_canonical(host: str) -> bool:
    """Whether an address is written as browsers write it; any other name is."""
    try:
        if host.startswith("["):
            return str(ipaddress.IPv6Address(host[1:-1])) == host[1:-1]
        # URL standard, section 3.5: a name whose last label is a number is an IPv4 address.
        if host.rpartition(".")[2].isdigit():
            return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False
    return True


_DOMAIN: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def _check_cookie_domain(domain: str | None, issuer: str) -> str | None:
    if domain is None:
        return None
    host = issuer.partition("://")[2].rpartition(":")[0] or issuer.partition("://")[2]
    is_written_so = isinstance(domain, str) and _DOMAIN.fullmatch(domain) is not None
    if is_written_so and (host == domain or host.endswith(f".{domain}")):
        return domain
    raise ConfigurationError(
        'The option cookie_domain must be a domain that the issuer is in, such as "example.com", without a dot before it.'
    )


def _check_size(size: int, name: str) -> int:
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        return size
    raise ConfigurationError(f"The option {name} must be a whole number, 0 or more.")
