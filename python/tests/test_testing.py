"""The helper for the tests of applications."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from latchstring import HeaderFacts, Requirements, Verifier
from latchstring.testing import Issuer
from support import verdict


def test_the_fixture_is_there_without_an_import(latchstring_issuer: Issuer) -> None:
    verifier = latchstring_issuer.verifier()
    admin = HeaderFacts("GET", latchstring_issuer.bearer("ada", roles=["admin"]))
    principal = verifier.verify_request(admin, Requirements(roles="admin"))
    assert (principal.subject, principal.roles, principal.mode) == ("ada", ("admin",), "bearer")
    nobody = HeaderFacts("GET", latchstring_issuer.bearer("bob"))
    assert verdict(lambda: verifier.verify_request(nobody, Requirements(roles="admin"))) == "role_missing"


def test_a_request_by_cookie_is_good_for_unsafe_methods(latchstring_issuer: Issuer) -> None:
    verifier = latchstring_issuer.verifier()
    headers = latchstring_issuer.cookie("ada", roles="admin")
    assert verifier.verify_request(HeaderFacts("POST", headers)).mode == "cookie"
    del headers["X-CSRF-Token"]
    assert verdict(lambda: verifier.verify_request(HeaderFacts("POST", headers))) == "csrf_failed"


def test_tokens_can_be_wrong_in_any_way(latchstring_issuer: Issuer) -> None:
    verifier = latchstring_issuer.verifier()

    def judge(text: str) -> str:
        return verdict(lambda: verifier.verify_token(text))

    issuer = latchstring_issuer
    assert judge(issuer.token(lifetime=-60)) == "token_expired"
    assert judge(issuer.token(claims={"aud": "other"})) == "token_wrong_audience"
    assert judge(issuer.token(claims={"sub": None})) == "token_malformed"
    assert judge(issuer.sign({"sub": "ada"})) == "token_malformed"
    assert judge(issuer.sign({}, {"typ": "JWT"})) == "token_wrong_type"
    assert judge(Issuer().token()) == "token_untrusted"


def test_its_keys_are_those_of_a_verifier_that_the_application_makes() -> None:
    issuer = Issuer("http://localhost:4000", "api")
    verifier = Verifier(issuer="http://localhost:4000", audience="api", keys=issuer.keys)
    assert verifier.verify_request(HeaderFacts("PUT", issuer.cookie("ada"))).subject == "ada"
    assert verifier.revocations.status.state == "none"
    assert issuer.jwks["keys"][0].keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_pytest_loads_no_more_than_the_fixture_where_it_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\ndef test(): assert 'latchstring.pytest_plugin' in sys.modules and 'latchstring.testing' not in sys.modules\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("mode", ["bearer", "cookie"])
def test_tokens_are_as_small_as_the_issuers(latchstring_issuer: Issuer, mode: str) -> None:
    assert len(latchstring_issuer.token(roles=["admin", "editor"], mode=mode)) <= 1024  # type: ignore[arg-type]
