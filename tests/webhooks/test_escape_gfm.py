"""Strangers' text against cmark-gfm, which GitHub renders with: it stays text, and the frame around it stays whole."""

from __future__ import annotations

import random

import pytest

from tests.webhooks.gfm import GITLAB_CODE, QUICK, Page, framed, hostile, references
from webhooks import escape
from webhooks.report import fit

CHUNKS, CHUNK = 20, 10_000

FOUND = [  # each of these once did something
    "see f00dfee and da39a3ee5e6b4b0d3255bfef95601890afd80709",  # a commit is linked by its digits alone
    "ada@4dbe1db0",
    "JIRA-12, CVE-2026-12345, GHSA-abcd-efgh-ijkl",  # a repository's own trackers, and advisories
    "{+ added +} {- taken -}",  # GitLab marks words as changes
    "$x$ and $$y$$",
    ":x",
    "```\n/close",  # GitLab takes three backticks for the end of any fence, and the rest for a command
    "  /close",
    "`" * 90 + "@ada",  # cmark takes no more than eighty backticks for the beginning of code
]
EMPTY = Page(framed("")).tags
WHOLE = Page(framed("x")).tags


def plain(text: str) -> str:
    return "".join(char for char in escape._visible(text) if not char.isspace() and char != escape.BREAK)


def holds(text: str) -> None:
    document = framed(text)
    page = Page(document)
    assert page.tags == (WHOLE if plain(text) else EMPTY), (text, document)
    assert references(page) == [], text
    assert not QUICK.search(document), text
    assert not QUICK.search(GITLAB_CODE.sub("", document)), text
    assert page.text[-1].strip() == "the last", text


@pytest.mark.parametrize("text", FOUND)
def test_what_once_did_something_does_nothing(text: str) -> None:
    holds(text)


def test_a_thousand_hostile_texts_are_text_in_every_place() -> None:
    draw = random.Random(0)
    for _ in range(1000):
        holds(hostile(draw))


@pytest.mark.full
@pytest.mark.parametrize("chunk", range(1, CHUNKS + 1))
def test_two_hundred_thousand_hostile_texts_are_text_in_every_place(chunk: int) -> None:
    draw = random.Random(chunk)
    for _ in range(CHUNK):
        holds(hostile(draw))


def test_what_a_stranger_wrote_is_read_as_it_was_written() -> None:
    draw = random.Random(7)
    for text in ("A lamp’s light: 3 m, “warm” – größer als 2 🌊", *(hostile(draw) for _ in range(300))):
        page = Page(
            f"x {escape.line(text, 10_000)}\n\n<details><summary>x {escape.title(text, 10_000)}</summary>\n"
        )
        read = [plain(each)[1:] for each in page.text if plain(each)]
        assert read == [plain(text)] * 2, text


def test_the_renderer_would_have_shown_what_text_does_that_is_not_escaped() -> None:
    """The net is no sieve: each of these is caught when it is not escaped."""
    for text in (
        "@ada",
        "ada/repo#1",
        "GH-1",
        "f00dfee",
        "https://e.example",
        "www.e.example",
        "a@b.example",
        ":x:",
    ):
        page = Page(f"x {text} y\n")
        assert references(page) or page.tags != Page("x x y\n").tags, text
    for text in (
        "<b>",
        "[x](//e.example)",
        "*a*",
        "~~a~~",
        "`a`",
        "a\n\nb",
        "[^1]\n\n[^1]: note",
        "<!-- x -->",
    ):
        assert Page(f"x {text} y\n").tags != Page("x x y\n").tags, text


def test_a_comment_that_is_cut_ends_no_code_and_no_escape_early() -> None:
    for text in ("@ada " * 30, "`@ada` " * 20, "\\" * 150):
        rows = "\n".join(escape.row(escape.line(text), escape.code(text, table=True)) for _ in range(900))
        page = Page(fit(f"### x\n\n| a | b |\n|---|---|\n{rows}", [], "the foot"))
        assert references(page) == []
        assert page.text[-2].strip() == "the foot" or page.text[-1].strip() == "the foot"
    single = fit("`@ada" * 30_000, [("More", "x")], "the foot")
    assert references(Page(single)) == []
    assert "Left out, because it would be too long here: More." in single
