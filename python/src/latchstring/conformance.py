"""Runs the conformance vectors: ``python -m latchstring.conformance FILE…``.

Prints ``{"id", "verdict", "code"}`` a line. Exit status: 0 where every ``expect`` is met, 1 where one is not, 2 for a file that cannot
be read.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from .errors import ConfigurationError, VerificationError
from .jws import verify_jws, verify_jwt


class Vector(NamedTuple):
    """One line of a vector file. Only its shape is known: everything in it may be hostile, that is what it is for."""

    id: str
    layer: str
    token: object
    jwks: object
    options: object
    expect: str | None
    """``accept``, ``reject``, or the code of the refusal; None where nothing is expected."""


class Judgement(NamedTuple):
    """What the verifier says to a vector."""

    verdict: str
    code: str | None
    """The code of the refusal."""


def judge(vector: Vector) -> Judgement:
    """Has the verifier judge a vector. Never raises.

    Options that the verifier refuses (a tolerance of a day, ``none`` on the list) trust nothing: ``token_untrusted``. An exception that
    is no refusal is ``internal_error``, which no vector expects.
    """
    try:
        run(vector)
    except VerificationError as error:
        return Judgement("reject", error.code)
    except ConfigurationError:
        return Judgement("reject", "token_untrusted")
    except Exception:
        return Judgement("reject", "internal_error")
    return Judgement("accept", None)


def run(vector: Vector) -> None:
    """Has the verifier judge a vector.

    Raises :class:`VerificationError` where it refuses the token, and :class:`ConfigurationError` where it refuses the options.
    """
    algorithms = _algorithms(vector.options)
    if vector.layer == "jws":
        verify_jws(vector.token, vector.jwks, algorithms=algorithms)  # type: ignore[arg-type]
    else:
        _verify_jwt(vector, algorithms)


def is_met(vector: Vector, judgement: Judgement) -> bool:
    """Whether a judgement is what the vector expects."""
    if judgement.code == "internal_error":
        return False
    return vector.expect is None or vector.expect in judgement


def read_vectors(text: str) -> Iterator[Vector]:
    """Reads the lines of a vector file; empty lines are passed over.

    Raises :class:`ValueError` with a sentence that names the line.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _read_vector(line, number)


def _read_vector(line: str, number: int) -> Vector:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError(f"line {number} is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError(f"line {number} is not a JSON object")
    name, layer, expect = value.get("id"), value.get("layer"), value.get("expect")
    if not isinstance(name, str):
        raise ValueError(f'line {number} has no "id"')
    if layer not in ("jws", "jwt"):
        raise ValueError(f'line {number} has no "layer" of "jws" or "jwt"')
    if "expect" in value and not isinstance(expect, str):
        raise ValueError(f'line {number} has an "expect" that is not a string')
    return Vector(name, layer, value.get("token"), value.get("jwks"), value.get("options"), expect)


def _algorithms(options: object) -> Sequence[str]:
    algorithms = options.get("algorithms") if isinstance(options, Mapping) else None
    if not isinstance(algorithms, list):
        raise ConfigurationError("The options need a list of algorithms.")
    # The verifier itself refuses names that it does not know.
    return algorithms


def _verify_jwt(vector: Vector, algorithms: Sequence[str]) -> None:
    options = cast("dict[str, Any]", vector.options)
    issuer, audience = options.get("issuer"), options.get("audience")
    now: Any = options.get("now")
    tolerance: Any = options.get("tolerance", 0)
    if not isinstance(issuer, str) or not isinstance(audience, str):
        raise ConfigurationError("The options need an issuer and an audience.")
    if not _is_finite(now) or not _is_finite(tolerance):
        raise ConfigurationError("The options need times in seconds.")
    verify_jwt(
        vector.token,  # type: ignore[arg-type]
        vector.jwks,
        algorithms=algorithms,
        issuer=issuer,
        audience=audience,
        now=now,
        tolerance=tolerance,
    )


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def main(names: Sequence[str]) -> int:
    """Runs the files that are named."""
    if not names:
        print("python -m latchstring.conformance FILE…", file=sys.stderr)
        return 2
    total = 0
    unmet: list[str] = []
    for name in names:
        try:
            with open(name, encoding="utf-8", errors="surrogatepass") as file:
                vectors = list(read_vectors(file.read()))
        except FileNotFoundError:
            print(f"{name}: There is no such file.", file=sys.stderr)
            return 2
        except OSError:
            print(f"{name}: It cannot be read.", file=sys.stderr)
            return 2
        except ValueError as error:
            print(f"{name}: {error}.", file=sys.stderr)
            return 2
        for vector in vectors:
            judgement = judge(vector)
            line = {"id": vector.id, "verdict": judgement.verdict, "code": judgement.code}
            print(json.dumps(line, separators=(",", ":"), ensure_ascii=False))
            if not is_met(vector, judgement):
                said = judgement.code or judgement.verdict
                unmet.append(f"{vector.id}: expected {vector.expect or 'no failure'}, got {said}")
        total += len(vectors)
    for sentence in unmet:
        print(sentence, file=sys.stderr)
    print(f"{total - len(unmet)} of {total} vectors as expected", file=sys.stderr)
    return 1 if unmet else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
