"""Tokens that are remembered."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from latchstring.cache import CacheBounds, RecentCache


def test_the_cache_drops_what_was_not_used_for_a_turn() -> None:
    cache: RecentCache[str] = RecentCache(CacheBounds(4, 100), overhead=9)
    for name in "abc":
        cache.set(name, name.upper())
    # The newer turn has c alone; b is used and comes to it, and another turn begins with d.
    assert cache.get("b") == "B"
    cache.set("d", "D")
    assert [cache.get(name) for name in "abcd"] == [None, "B", "C", "D"]
    cache.delete("b")
    cache.delete("b")
    assert cache.get("b") is None
    assert (len(cache), cache.bytes) == (2, 20)


def test_the_cache_is_bounded_by_bytes_as_well() -> None:
    cache: RecentCache[str] = RecentCache(CacheBounds(100, 100), overhead=9)
    half = "a" * 41
    cache.set(half, "A")
    cache.set("b", "B")
    assert (cache.get(half), cache.get("b"), cache.bytes) == ("A", "B", 60)
    cache.set("c" * 42, "C")
    assert cache.get("c" * 42) is None


def test_a_cache_of_nothing_holds_nothing() -> None:
    for bounds in (CacheBounds(0, 100), CacheBounds(100, 0)):
        cache: RecentCache[str] = RecentCache(bounds)
        cache.set("a", "A")
        assert (cache.get("a"), len(cache)) == (None, 0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.text("abc", max_size=30), st.sampled_from(["set", "get", "delete"]))))
def test_the_cache_never_holds_more_than_it_may(steps: list[tuple[str, str]]) -> None:
    cache: RecentCache[str] = RecentCache(CacheBounds(4, 60), overhead=3)
    deleted: set[str] = set()
    for name, step in steps:
        if step == "set":
            cache.set(name, name)
            deleted.discard(name)
        elif step == "delete":
            cache.delete(name)
            deleted.add(name)
        else:
            assert cache.get(name) in {name, None}
        assert len(cache) <= 4
        assert cache.bytes <= 60
        assert all(cache.get(gone) is None for gone in deleted)


def test_a_token_that_is_kept_again_counts_once() -> None:
    cache: RecentCache[str] = RecentCache(CacheBounds(100, 100), overhead=9)
    cache.set("a", "A")
    for _ in range(20):
        cache.set("b", "B")
    assert (cache.get("a"), cache.get("b"), cache.bytes) == ("A", "B", 20)
