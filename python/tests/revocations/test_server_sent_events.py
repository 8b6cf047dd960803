"""The lines of a stream of events."""

from __future__ import annotations

import pytest

from latchstring.revocations.server_sent_events import read_server_sent_events


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([b"data: a\n\n"], ["a"]),
        ([b"data:a\r\n\r\nda", b"ta: b\r", b"\n\r", b"\n"], ["a", "b"]),
        ([b"data: a\r\rdata\r\r"], ["a", ""]),
        ([b"id: 1\nevent: x\n: comment\ndata: a\ndata: b\n\n"], ["a\nb"]),
        ([b"data: never ended\n"], []),
        ([b"datax: a\n\n", b"\n\n\n"], []),
        ([bytes([byte]) for byte in b"data: abc\r\n\r\n"], ["abc"]),
    ],
)
def test_server_sent_events(chunks: list[bytes], expected: list[str]) -> None:
    assert list(read_server_sent_events(iter(chunks), 1000)) == expected
