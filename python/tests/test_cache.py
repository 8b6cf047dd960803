"""Tokens that are remembered."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from latchstring.cache import CacheBounds, RecentCache


class Item(NamedTuple):
    token: str


def test_the_cache_drops_what_was_not_used_for_a_turn() -> None:
    cache: RecentCache[Item] = RecentCache(CacheBounds(4, 100), overhead=9)
    for name in "abc":
        cache.set(Item(name))
    # The newer turn has c alone; b is used and comes to it, and another turn begins with d.
    assert cache.get("b") == Item("b")
    cache.set(Item("d"))
    assert [cache.get(name) for name in "abcd"] == [None, Item("b"), Item("c"), Item("d")]
    cache.delete("b")
    cache.delete("b")
    assert cache.get("b") is None
    assert (len(cache), cache.bytes) == (2, 20)


def test_the_cache_is_bounded_by_bytes_as_well() -> None:
    cache: RecentCache[Item] = RecentCache(CacheBounds(100, 100), overhead=9)
    half = Item("a" * 41)
    cache.set(half)
    cache.set(Item("b"))
    assert (cache.get(half.token), cache.get("b"), cache.bytes) == (half, Item("b"), 60)
    cache.set(Item("c" * 42))
    assert cache.get("c" * 42) is None


def test_a_cache_of_nothing_holds_nothing() -> None:
    for bounds in (CacheBounds(0, 100), CacheBounds(100, 0)):
        cache: RecentCache[Item] = RecentCache(bounds)
        cache.set(Item("a"))
        assert (cache.get("a"), len(cache)) == (None, 0)


def test_tokens_with_the_same_end_are_told_from_each_other() -> None:
    cache: RecentCache[Item] = RecentCache(CacheBounds(10, 1000), overhead=9)
    one, another = (Item(f"{payload}.{'s' * 43}") for payload in ("one", "another"))
    cache.set(one)
    assert cache.get(another.token) is None
    cache.delete(another.token)
    assert cache.get(one.token) == one
    cache.set(another)
    assert (cache.get(one.token), cache.get(another.token)) == (None, another)
    assert (len(cache), cache.bytes) == (1, 9 + len(another.token))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.text("abc", max_size=30), st.sampled_from(["set", "get", "delete"]), st.booleans())))
def test_the_cache_never_holds_more_than_it_may(steps: list[tuple[str, str, bool]]) -> None:
    cache: RecentCache[Item] = RecentCache(CacheBounds(4, 220), overhead=3)
    deleted: set[str] = set()
    for name, step, shares_its_end in steps:
        token = name + "s" * 43 if shares_its_end else name
        if step == "set":
            cache.set(Item(token))
            deleted.discard(token)
        elif step == "delete":
            cache.delete(token)
            deleted.add(token)
        else:
            assert cache.get(token) in {Item(token), None}
        assert len(cache) <= 4
        assert cache.bytes <= 220
        assert all(cache.get(gone) is None for gone in deleted)


def test_a_token_that_is_kept_again_counts_once() -> None:
    cache: RecentCache[Item] = RecentCache(CacheBounds(100, 100), overhead=9)
    cache.set(Item("a"))
    for _ in range(20):
        cache.set(Item("b"))
    assert (cache.get("a"), cache.get("b"), cache.bytes) == (Item("a"), Item("b"), 20)
