"""Of long documents what rules look at is kept, and nothing that they say of a short one changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage_rules.facts import Cited, CitedFile, Document
from triage_rules.quotes import MOST
from triage_rules.rules.document_unlike_attribution import _ends
from triage_rules.shortening import ENDS, shortened, together

CITED = Cited("https://example.org/a.git", "4a" * 20, ("*.md",))


def document(*texts: str, **more: object) -> Document:
    return Document(CITED, "there", files=tuple(CitedFile(f"{n}.md", text) for n, text in enumerate(texts)))


def test_a_document_that_is_searched_whole_stays_as_it_is() -> None:
    told = document("lamp " * 1000, "", "bell " * 1000)
    assert shortened(told.files) == told.files
    assert together([told]) == (told,)


def test_of_a_long_one_the_beginning_and_the_end_remain() -> None:
    told = document("begin " + "lamp " * MOST + "end", "more " * MOST + "last")
    kept = Document(CITED, "there", files=shortened(told.files))
    assert [len(file.text) for file in kept.files] == [MOST, 0]
    assert [len(file.end) for file in kept.files] == [0, ENDS]
    assert kept.cut
    assert kept.files[1].last.endswith("last")
    assert shortened(kept.files) == kept.files


def test_ten_long_documents_take_no_more_room_than_is_searched() -> None:
    ten = together(document("lamp " * MOST) for _ in range(10))
    letters = sum(len(file.text) + len(file.end) for one in ten for file in one.files)
    assert letters <= MOST + 2 * 10 * ENDS
    assert all(len(one.files[0].text) >= ENDS for one in ten)


@given(st.lists(st.integers(0, 5), max_size=6), st.integers(0, 12))
def test_what_is_cut_twice_is_cut_once(sizes: list[int], room: int) -> None:
    files = document(*("abcdefgh"[:size] for size in sizes)).files
    once = shortened(files, room)
    assert shortened(once, room) == once
    assert "".join(file.text for file in once) == "".join(file.text for file in files)[:room]


@given(st.lists(st.integers(0, 3), max_size=5))
def test_title_and_licence_are_found_where_they_stood(sizes: list[int]) -> None:
    whole = document(*(f"{n} words " * (size * ENDS // 8) for n, size in enumerate(sizes)))
    cut = Document(CITED, "there", files=shortened(whole.files, ENDS))
    assert _ends(cut) == _ends(whole)
