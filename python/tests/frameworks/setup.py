"""What the applications of the tests are made with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from latchstring import VerificationError, Verifier

APP = "http://localhost:5173"
"""The origin of the application's pages."""


@dataclass(frozen=True)
class Setup:
    """A verifier, or the settings to make one from."""

    verifier: Verifier | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    on_refusal: Callable[[VerificationError, str], None] | None = None


def setup_of_environment() -> Setup:
    """What the parent of this process has left in its environment."""
    return Setup(settings=json.loads(os.environ["TEST_LATCHSTRING"]))
