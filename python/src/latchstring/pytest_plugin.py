"""The fixtures that pytest finds by itself where this package is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import Issuer


@pytest.fixture(scope="session")
def latchstring_issuer() -> Issuer:
    """Issues access tokens from a throwaway key; see :class:`latchstring.testing.Issuer`. One for the whole run."""
    # Only where a test asks: pytest loads this file in every project beside which the package is installed.
    from .testing import Issuer  # noqa: PLC0415

    return Issuer()
