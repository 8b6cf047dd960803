"""The vectors that every verifier runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from latchstring.conformance import Judgement, Vector, is_met, judge, main, read_vectors
from support import ROOT

FOLDER = ROOT / "conformance"
FILES = sorted(FOLDER.glob("*.jsonl"))
VECTORS = [vector for file in FILES for vector in read_vectors(file.read_text("utf-8"))]
ATTACKS: dict[str, list[str]] = json.loads((FOLDER / "attacks.json").read_text("utf-8"))
BY_ID = {vector.id: vector for vector in VECTORS}


def test_there_are_enough() -> None:
    """C7: the vectors, those of the standards among them."""
    assert len(VECTORS) >= 400
    for standard in ("rfc/7515-", "rfc/7520-", "rfc/7797-", "rfc/8037-"):
        assert any(vector.id.startswith(standard) for vector in VECTORS)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector.id for vector in VECTORS])
def test_vector(vector: Vector) -> None:
    judgement = judge(vector)
    assert is_met(vector, judgement), judgement


@pytest.mark.parametrize("number", ATTACKS)
def test_every_vector_of_an_attack_is_known(number: str) -> None:
    assert all(name in BY_ID for name in ATTACKS[number])


def test_prints_a_verdict_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file) for file in FILES]) == 0
    captured = capsys.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["id"] for line in lines] == [vector.id for vector in VECTORS]
    assert {line["verdict"] for line in lines} == {"accept", "reject"}
    assert captured.err == f"{len(VECTORS)} of {len(VECTORS)} vectors as expected\n"


def test_says_which_expectation_is_not_met(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "own.jsonl"
    line = {"id": "x", "layer": "jws", "token": "a.b", "jwks": {}, "options": {"algorithms": ["ES256"]}}
    file.write_text(
        "\n".join(json.dumps({**line, "expect": expect}) for expect in ("accept", "reject", "token_malformed"))
    )
    assert main([str(file)]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines() == ['{"id":"x","verdict":"reject","code":"token_malformed"}'] * 3
    assert captured.err == "x: expected accept, got token_malformed\n2 of 3 vectors as expected\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "line 1 is not JSON"),
        ("\n[]", "line 2 is not a JSON object"),
        ("[" * 100_000, "line 1 is not JSON"),
        ('{"layer":"jws"}', 'line 1 has no "id"'),
        ('{"id":"x","layer":"jwe"}', 'line 1 has no "layer" of "jws" or "jwt"'),
        ('{"id":"x","layer":"jws","expect":1}', 'line 1 has an "expect" that is not a string'),
    ],
)
def test_refuses_a_file_that_is_no_vectors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text(text)
    assert main([str(file)]) == 2
    assert capsys.readouterr().err == f"{file}: {complaint}.\n"


def test_refuses_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert "There is no such file." in capsys.readouterr().err
    assert main([str(tmp_path)]) == 2
    assert main([]) == 2
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    assert main([str(binary)]) == 2


@pytest.mark.parametrize(
    "options",
    [
        None,
        {},
        {"algorithms": "ES256"},
        {"algorithms": ["none"]},
        {"algorithms": [[]]},
        {"algorithms": ["ES256"], "issuer": 1, "audience": "a", "now": 1},
        {"algorithms": ["ES256"], "issuer": "i", "audience": "a"},
        {"algorithms": ["ES256"], "issuer": "i", "audience": "a", "now": True},
        {"algorithms": ["ES256"], "issuer": "i", "audience": "a", "now": 1, "tolerance": 86_400},
        {"algorithms": ["ES256"], "issuer": "i", "audience": "a", "now": 1, "tolerance": None},
    ],
)
def test_options_that_are_refused_trust_nothing(options: object) -> None:
    vector = Vector("x", "jwt", "a.b.c", {"keys": []}, options, None)
    assert judge(vector) == Judgement("reject", "token_untrusted")
