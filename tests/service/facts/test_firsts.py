"""Of two open contributions that say the same, the one whose text came later is told, whatever their numbers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from service.facts.firsts import COMPARED, MOST, MOST_BYTES, Firsts, Histories, Seen
from triage_rules.index import Known, SeedsIndex
from triage_rules.taxonomy import Seed

LAMP = ("Where does the old lamp of Orsay stand today?", "It stands on the quay of Tarn.")
BELL = ("Who paints the bells of the harbour?", "Nobody has done it for years.")
Said = dict[str, list[tuple[str, str]]]  # by head


def seen_by(number: int, seen: dict[int, Seen], said: Said, known: int) -> Firsts:
    """What `number` is shown of the lamp that `known` has at its head."""

    def seeds(_number: int, head: str, _blob: str) -> Iterable[Seed]:
        return [Seed(question, answer, None, 1, at) for at, (question, answer) in enumerate(said[head])]

    histories = Histories(seen, lambda _number, head: [head] if head in said else [], seeds, lambda _: 1)
    return Firsts(SeedsIndex([Known("knowledge/a/qna.yaml", *LAMP, None, known, "x")]), number, histories)


def told(index: Firsts) -> tuple[int, int]:
    """How many are near, and how many asked the same."""
    return len(list(index.near(*LAMP))), len(list(index.asked(LAMP[0])))


@pytest.mark.parametrize(
    ("five", "nine", "to_five", "to_nine"),
    [
        ((("a", 1.0),), (("b", 2.0),), 0, 1),  # each has one revision: the older was first
        ((("bare", 1.0), ("a", 3.0)), (("b", 2.0),), 1, 0),  # the older took it later
        ((("bare", 1.0), ("a", 3.0), ("a2", 5.0)), (("b", 2.0),), 1, 0),  # and pushed once more
        ((("a", 1.0), ("a2", 5.0)), (("b", 2.0),), 0, 1),  # the older had it, and pushed again
        ((("a", 1.0), ("a2", 5.0)), (("bare", 2.0), ("b", 4.0)), 0, 1),
        ((("bare", 1.0), ("a", 5.0)), (("bare", 2.0), ("b", 4.0)), 1, 0),
        ((("bare", 1.0), ("gone", 2.0), ("a", 5.0)), (("b", 4.0),), 1, 0),  # Git has forgotten one
        ((("bare", 1.0), ("a", 4.0)), (("b", 4.0),), 0, 1),  # at the same moment the number decides
        ((), (), 0, 1),  # nobody kept the times
    ],
)
def test_the_later_of_two_is_told(five: Seen, nine: Seen, to_five: int, to_nine: int) -> None:
    said: Said = {"bare": [BELL], "a": [LAMP], "a2": [LAMP, BELL], "b": [LAMP]}
    seen = {5: five, 9: nine}
    assert told(seen_by(5, seen, said, known=9)) == (to_five, to_five)
    assert told(seen_by(9, seen, said, known=5)) == (to_nine, to_nine)


def test_a_text_that_was_mended_since_is_still_who_had_it_first() -> None:
    said: Said = {"a": [(LAMP[0].replace("today", "now"), LAMP[1])], "a2": [LAMP], "b": [LAMP]}
    seen: dict[int, Seen] = {5: (("a", 1.0), ("a2", 5.0)), 9: (("b", 2.0),)}
    assert len(list(seen_by(5, seen, said, known=9).near(*LAMP))) == 0
    assert len(list(seen_by(9, seen, said, known=5).near(*LAMP))) == 1


def test_the_tree_was_there_before_all_of_them() -> None:
    index = SeedsIndex([Known("knowledge/a/qna.yaml", *LAMP)])
    firsts = Firsts(index, 5, Histories({5: (("a", 1.0),)}, lambda *_: [], lambda *_: [], lambda _: 1))
    assert told(firsts) == (1, 1)


def test_no_more_is_compared_than_there_is_time_for() -> None:
    many: Said = {"bare": [BELL] * (COMPARED // 2), "a": [LAMP], "b": [LAMP]}
    seen: dict[int, Seen] = {5: (*(("bare", float(n)) for n in range(9)), ("a", 99.0)), 9: (("b", 50.0),)}
    asked = 0

    def seeds(_number: int, head: str, _blob: str) -> Iterable[Seed]:
        nonlocal asked
        asked += 1
        return [Seed(*text, None, 1, at) for at, text in enumerate(many[head])]

    histories = Histories(seen, lambda _number, head: [head], seeds, lambda _: 1)
    assert histories.first(5, lambda _words, _key: False) == 99.0
    assert asked == 1


def test_no_more_is_read_than_there_is_time_for() -> None:
    read: list[str] = []

    def seeds(_number: int, head: str, _blob: str) -> Iterable[Seed]:
        read.append(head)
        return []

    fat = MOST_BYTES // 3
    heads = tuple((f"fat{n}", float(n)) for n in range(20))
    histories = Histories({5: (*heads, ("a", 99.0))}, lambda _number, head: [head], seeds, lambda _: fat)
    assert histories.first(5, lambda _words, _key: True) == 99.0
    assert read == ["fat0", "fat1", "fat2"]


def test_the_fat_revisions_of_one_keep_nobody_elses_from_being_read() -> None:
    """A copier pushes megabytes first, and then the lamp of somebody who had it before."""
    said: Said = {"a": [LAMP], "junk": [BELL], "b": [LAMP]}
    seen: dict[int, Seen] = {1: (("a", 1.0), ("a", 9.0)), 2: (("junk", 2.0), ("b", 5.0))}

    def seeds(_number: int, head: str, _blob: str) -> Iterable[Seed]:
        return [Seed(*text, None, 1, at) for at, text in enumerate(said[head])]

    histories = Histories(
        seen, lambda _number, head: [head], seeds, lambda blob: MOST_BYTES if blob == "junk" else 1
    )
    copier = Firsts(SeedsIndex([Known("knowledge/a/qna.yaml", *LAMP, None, 1, "x")]), 2, histories)
    assert told(copier) == (1, 1)


def test_of_more_contributions_than_there_is_time_for_the_heads_count() -> None:
    seen: dict[int, Seen] = dict.fromkeys(range(MOST + 1), (("a", 1.0), ("b", 9.0)))
    histories = Histories(
        seen, lambda _number, head: [head], lambda *_: [Seed(*LAMP, None, 1, 0)], lambda _: 1
    )
    assert [histories.first(n, lambda _words, _key: True) for n in seen] == [1.0] * MOST + [9.0]
    assert histories.first(0, lambda _words, _key: True) == 1.0
