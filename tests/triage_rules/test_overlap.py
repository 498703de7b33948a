"""Nobody who shares enough is missed, whoever comes and goes; and what is bounded is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage_rules.index import Known, SeedsIndex
from triage_rules.keys import LARGE, entry_of, set_key, shingles
from triage_rules.overlap import MOST, candidates
from triage_rules.words import jaccard

texts = st.lists(
    st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "qr", "st", "uv", "wx"]), max_size=12
).map(" ".join)
seeds = st.lists(st.tuples(texts, texts), max_size=30)


@given(seeds, st.lists(st.integers(0, 29)), st.tuples(texts, texts), st.sampled_from((0.2, 0.5, 0.9, 1.0)))
def test_exactly_those_who_share_enough_are_found(
    known: list[tuple[str, str]], gone: list[int], asked: tuple[str, str], least: float
) -> None:
    index = SeedsIndex()
    numbers = [index.add(Known(f"{place}", *seed)) for place, seed in enumerate(known)]
    left = dict(enumerate(known))
    for place in gone:
        if left.pop(place, None) is not None:
            index.remove(numbers[place])
    mine = shingles(*asked)
    shares = {place: jaccard(mine, shingles(*seed)) for place, seed in left.items()}
    wanted = sorted((str(place), share) for place, share in shares.items() if share >= least)
    found = list(index.near(*asked, least))
    assert sorted((near.known.where, near.share) for near in found) == wanted
    assert [near.share for near in found] == sorted((near.share for near in found), reverse=True)


def test_the_order_of_coming_makes_no_difference_where_too_many_are_alike() -> None:
    known = [Known("x", "Where does the lamp of the harbour stand?", f"In town{n}.") for n in range(500)]
    ask = ("Where does the lamp of the harbour stand?", "In Tarn.")
    found = list(SeedsIndex(known).near(*ask))
    assert len(found) == MOST
    assert found == list(SeedsIndex(reversed(known)).near(*ask))


def test_a_list_longer_than_the_budget_is_not_read() -> None:
    import numpy as np

    read: list[str] = []

    def holders(word: str) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
        read.append(word)
        return np.array([entry_of(set_key(frozenset("abc")))], dtype=np.uint32)

    found = candidates(3, [(0, "a"), (1, "b"), (10**9, "c")], holders, 0.5)
    assert read == ["b"]
    assert list(found) == [entry_of(set_key(frozenset("abc")))]


def test_texts_of_more_words_than_a_size_can_say_are_found() -> None:
    long = " ".join(f"word{n}" for n in range(3 * LARGE))
    index = SeedsIndex([("x", long, "")])
    assert [near.share for near in index.near(long + " more", "")] == [3 * LARGE / (3 * LARGE + 1)]
