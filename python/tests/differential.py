"""Judges vectors for the differential fuzz: one on a line of standard input, an answer on a line of standard output.

The answer is the code and the detail of the refusal, or ``accept``. Where a long-lived verifier, which remembers headers and tokens,
says something else about a case with the usual keys and options than the layer that remembers nothing, it is ``inconsistent``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from latchstring import ConfigurationError, VerificationError, Verifier, static_keys
from latchstring.conformance import Vector, run

_verifiers: dict[str, Verifier] = {}


def _answer(vector: Vector) -> str:
    try:
        run(vector)
    except VerificationError as error:
        return f"{error.code} {error.detail}"
    except ConfigurationError:
        return "token_untrusted"
    except Exception as error:
        return f"internal_error {type(error).__name__}"
    return "accept"


def _lasting_answer(vector: Vector) -> str | None:
    """What a verifier says that has seen other tokens before; None where these options make none."""
    options: Any = vector.options
    if vector.layer != "jwt":
        return None
    name = json.dumps([vector.jwks, options])
    verifier = _verifiers.get(name)
    if verifier is None:
        if options["algorithms"] == ["HS256"]:
            return None
        verifier = _verifiers[name] = Verifier(
            issuer=options["issuer"],
            audience=options["audience"],
            algorithms=options["algorithms"],
            clock_tolerance=options["tolerance"],
            keys=static_keys(vector.jwks),
            now=lambda: options["now"],
            cache_entries=100,
        )
    try:
        verifier.verify_token(vector.token)  # type: ignore[arg-type]
        # Once more, from what it remembers.
        verifier.verify_token(vector.token)  # type: ignore[arg-type]
    except VerificationError as error:
        return f"{error.code} {error.detail}"
    return "accept"


def main() -> None:
    for line in sys.stdin.buffer:
        value = json.loads(line)
        vector = Vector("", value["layer"], value["token"], value["jwks"], value["options"], None)
        answer = _answer(vector)
        lasting = _lasting_answer(vector) if value.get("isUsual") else None
        if lasting is not None and lasting != answer:
            answer = f"inconsistent {answer} / {lasting}"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
