"""An issuer that answers without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from latchstring.fetch import FetchRequest


@dataclass
class Answer:
    """An answer whose body is at hand."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    _is_read: bool = False

    def read(self, timeout: float) -> bytes:
        assert timeout >= 0
        if self._is_read:
            return b""
        self._is_read = True
        return self.body

    def abort(self) -> None:
        self._is_read = True

    def close(self) -> None:
        self._is_read = True


def json_answer(value: Any) -> Answer:
    return Answer(json.dumps(value).encode())


class JsonIssuer:
    """Answers every request with a key set, until told otherwise."""

    def __init__(self, *keys: Any) -> None:
        self.urls: list[str] = []
        self.answer: Callable[[], Answer] = lambda: json_answer({"keys": list(keys)})

    def fetch(self, request: FetchRequest) -> Answer:
        self.urls.append(request.url)
        return self.answer()

    @property
    def loads(self) -> int:
        return len(self.urls)
