"""Settings that are wrong are refused at start."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

import pytest

from latchstring import ConfigurationError, RemoteKeys, RevocationOptions, Verifier, static_keys
from support import AUDIENCE, ISSUER, KEY

KEYS = static_keys({"keys": [KEY.jwk]})


def create(**options: Any) -> Verifier:
    every: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, **options}
    return Verifier(**every)


@pytest.mark.parametrize(
    "options",
    [
        {"issuer": None},
        {"issuer": ""},
        {"issuer": "auth.example.com"},
        {"issuer": "http://auth.example.com"},
        {"issuer": "http://127.0.0.1:4000"},
        {"issuer": "http://localhost.example.com"},
        {"issuer": "https://auth.example.com/"},
        {"issuer": "https://auth.example.com/auth"},
        {"issuer": "https://auth.example.com:443"},
        {"issuer": "https://auth.example.com:70000"},
        {"issuer": "https://Auth.example.com"},
        {"issuer": "https://user@auth.example.com"},
        {"issuer": "https://auth.example.com\n"},
        {"issuer": "https://127.1"},
        {"issuer": "https://[::0001]"},
        {"issuer": "ftp://auth.example.com"},
        {"audience": None},
        {"audience": ""},
        {"audience": [AUDIENCE]},
        {"algorithms": ["none"]},
        {"algorithms": ["HS256"]},
        {"algorithms": ["ES256", "es256"]},
        {"algorithms": [["ES256"]]},
        {"algorithms": []},
        {"origins": ["*"]},
        {"origins": "https://app.example.com"},
        {"origins": ["https://*.example.com"]},
        {"origins": ["https://app.example.com/"]},
        {"origins": ["http://app.example.com"]},
        {"origins": ["null"]},
        {"origins": [None]},
        {"cookie_domain": ".example.com"},
        {"cookie_domain": "other.com"},
        {"cookie_domain": "com"},
        {"cookie_domain": "ample.com"},
        {"cookie_domain": 1},
        {"keys": {"keys": [KEY.jwk]}},
        {"keys": "https://auth.example.com/jwks.json"},
        {"clock_tolerance": 61},
        {"cache_entries": -1},
        {"cache_entries": 1.5},
        {"cache_bytes": True},
        {"revocations": "on"},
        {"revocations": {}},
        {"revocations": RevocationOptions(url="http://auth.example.com/feed")},
        {"revocations": RevocationOptions(url="not a url")},
        {"revocations": RevocationOptions(max_staleness=2)},
        {"revocations": RevocationOptions(max_staleness=901)},
        {"revocations": RevocationOptions(max_staleness="30")},  # type: ignore[arg-type]
        {"revocations": RevocationOptions(on_stale="opne")},  # type: ignore[arg-type]
        {"revocations": RevocationOptions(max_bytes=0)},
    ],
    ids=str,
)
def test_is_refused_with_a_sentence(options: dict[str, Any]) -> None:
    """F6: the sentence says how to mend it."""
    with pytest.raises(ConfigurationError) as refused:
        create(**options)
    assert len(str(refused.value)) > 40
    assert str(refused.value).endswith(".")


def test_no_issuer_and_unknown_options_are_refused() -> None:
    with pytest.raises(TypeError, match="issuer"):
        Verifier(audience=AUDIENCE)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="orgins"):
        create(orgins=[])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"issuer": "http://localhost:4000", "origins": ["http://localhost:5173"]},
        {"issuer": "https://[::1]:8443", "origins": ["https://127.0.0.1"]},
        {"origins": ["https://app.example.com", "https://app.example.com:8443"]},
        {"cookie_domain": "example.com"},
        {"clock_tolerance": 60},
        {"clock_tolerance": 0},
        {"algorithms": ["PS512"]},
        {"revocations": "none"},
        {"revocations": "feed", "keys": KEYS},
        {"revocations": RevocationOptions(max_staleness=3, on_stale="open", url="http://localhost:4000/feed")},
    ],
    ids=str,
)
def test_is_taken(options: dict[str, Any]) -> None:
    create(**options)


def test_the_feed_is_followed_where_the_keys_are_loaded_and_else_where_it_is_asked_for() -> None:
    def state(**options: Any) -> str:
        return create(**options).revocations.status.state

    secret = os.urandom(32)
    assert state() == "starting"
    assert state(keys=RemoteKeys(f"{ISSUER}/keys")) == "starting"
    assert state(revocations="none") == "none"
    assert state(keys=KEYS) == "none"
    assert state(secret=secret) == "none"
    assert state(keys=KEYS, revocations="feed") == "starting"
    assert state(secret=secret, revocations=RevocationOptions()) == "starting"


@pytest.mark.parametrize("jwks", [{"keys": []}, {"keys": [{**KEY.jwk, "use": "enc"}]}, [KEY.jwk], None])
def test_a_key_set_that_cannot_serve_is_refused_where_it_is_given(jwks: object) -> None:
    with pytest.raises(ConfigurationError):
        static_keys(jwks)


@pytest.mark.parametrize(
    "options",
    [
        {"url": "http://auth.example.com/jwks.json"},
        {"url": "file:///etc/jwks.json"},
        {"url": "https:///jwks.json"},
        {"url": "https://[x/jwks.json"},
        {"url": "https://a.example:99999/jwks.json"},
        {"url": "https://me:secret@a.example/jwks.json"},
        {"url": "http://localhost@a.example/jwks.json"},
        {"url": None},
        {"cooldown": 0},
        {"timeout": -1},
        {"max_age": float("nan")},
        {"max_stale": 86_401},
    ],
    ids=str,
)
def test_remote_keys_that_are_refused(options: dict[str, Any]) -> None:
    every: dict[str, Any] = {"url": "https://a.example/k", **options}
    with pytest.raises(ConfigurationError):
        RemoteKeys(**every)


@pytest.mark.parametrize(
    ("opt", "is_refused"),
    [
        ({}, True),
        ({"enable-threads": b"false"}, True),
        ({"processes": b"4"}, True),
        ({"enable-threads": True}, False),
        ({"enable-threads": b"true"}, False),
        ({"threads": b"2"}, False),
    ],
)
def test_uwsgi_without_threads_is_refused_with_the_mend(
    monkeypatch: pytest.MonkeyPatch, opt: Any, is_refused: bool
) -> None:
    uwsgi = ModuleType("uwsgi")
    uwsgi.opt = opt  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "uwsgi", uwsgi)
    # Where nothing runs in the background nothing is asked.
    create(keys=KEYS)
    for options in ({}, {"keys": KEYS, "revocations": "feed"}):
        if is_refused:
            with pytest.raises(ConfigurationError, match="--enable-threads"):
                create(**options)
        else:
            create(**options)
