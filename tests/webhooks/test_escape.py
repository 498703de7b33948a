"""Strangers' text in a comment, as a forge would render it: it is read, and it does nothing.

The text goes through each way of escaping into a document as our reports make them, markdown-it-py (GitHub's
dialect) renders that, and what comes out holds no link, image, HTML or mention that the text brought, and no
place other than its own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from webhooks import escape

GITHUB = MarkdownIt("gfm-like", {"linkify": False, "html": True})
FORBIDDEN = {"link_open", "image", "html_inline", "html_block", "hr", "heading_open", "bullet_list_open",
             "ordered_list_open", "blockquote_open", "em_open", "strong_open", "s_open", "hardbreak"}  # fmt: skip
PEOPLE = re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z0-9]")  # what a forge takes for a mention, once it is decoded
ISSUE = re.compile(r"(?<![A-Za-z0-9_])(?:[A-Za-z0-9_./-]*[#!~%&$^]\d+|GH-\d+)", re.IGNORECASE)
ADDRESS = re.compile(r"(?i)\b(?:https?|ftp|mailto|javascript)://?|\bwww\.[a-z]")

HOSTILE = [
    "@everyone and @org/team",
    "[click](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden",
    "</details></td></table>",
    "see https://evil.example or www.evil.example, mail a@evil.example",
    "fixes #12, closes GH-7, org/repo#3, !9, ~label, %1, &2, $3, ^4",
    "/close\n/label ~bug",
    "a | b | c",
    "a \\| b \\\\| c",
    "```\nout of the fence\n```",
    "````` five",
    "`",
    "``",
    "` `",
    "\\",
    "\\`\\",
    "&#64;everyone &commat;everyone &lt;b&gt; &amp;",
    "# heading\n\n---\n\n* item\n> quote",
    "text\n---",
    "line\u2028break\u2029\x85\x0b\x0c\r\n\rend",
    "\u202eevil\u202c \u200b@\u200dada \ufeff",
    "[ref]: https://evil.example\n\n[ref]",
    "<https://evil.example>",
    "*_~**__~~",
    "\ud800 half",
    "\0nul",
    ":+1: \u2764\ufe0f",
    "$math$ $$\\href{https://evil.example}{x}$$",
    "[^1]\n\n[^1]: note",
    "- [ ] task",
    "a" * 5000,
    "|" * 300,
    "`" * 300,
    "\n" * 300,
    "",
    "   ",
    "\t\tcode",
]
SIGNS = st.text("@#!~%&$^/*[]()<>`|\\\n\r\t -_=+:.'\"{}aB1\u200b\u202e\u2028é🌊", max_size=60)
PIECES = st.lists(st.sampled_from(HOSTILE) | SIGNS | st.text(max_size=20), max_size=4).map("".join)


def tokens(document: str) -> list[Token]:
    """Every token of the rendered document, inner ones too."""
    found: list[Token] = []
    for token in GITHUB.parse(document):
        found += [token, *(token.children or [])]
    return found


def kinds(all_tokens: Iterable[Token]) -> list[str]:
    return [token.type for token in all_tokens]


def seen(document: str) -> str:
    """What a reader sees, decoded, code left out: forges look for mentions there."""
    rendered = re.sub(r"(?s)<(pre|code)\b.*?</\1>", " ", str(GITHUB.render(document)))
    return html.unescape(re.sub(r"<[^>]*>", "", rendered))


def dead(document: str) -> None:
    """Nothing in it acts."""
    assert not FORBIDDEN & set(kinds(tokens(document))), GITHUB.render(document)
    text = seen(document)
    assert not PEOPLE.search(text), text
    assert not ISSUE.search(text), text
    assert not ADDRESS.search(text), text


def plain(text: str) -> str:
    """A text without what can't be seen and without spaces, to compare what is read with what was written."""
    return "".join(c for c in escape._visible(text) if not c.isspace() and c != escape.BREAK)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_is_one_paragraph_in_which_nothing_acts(text: str) -> None:
    line_holds(text)


@given(PIECES)
@example("a:b@c")
def test_a_line_of_anything_is_one_paragraph_in_which_nothing_acts(text: str) -> None:
    line_holds(text)


def line_holds(text: str) -> None:
    shown = escape.line(text)
    assert "\n" not in shown
    if not shown:
        assert not plain(text)
        return
    for before, after in (("", ""), ("x ", " y"), ("by ", "")):
        document = f"above\n\n{before}{shown}{after}\n\nbelow\n"
        assert kinds(GITHUB.parse(document)) == ["paragraph_open", "inline", "paragraph_close"] * 3
        dead(document)
    read = plain(seen(f"x {shown}"))[1:]
    whole = plain(text)
    assert read == whole or read.endswith("…")
    assert read.rstrip("…") == whole[: len(read.rstrip("…"))]


@pytest.mark.parametrize("text", HOSTILE)
def test_inline_code_holds_all_of_it(text: str) -> None:
    code_holds(text)


@given(PIECES)
def test_inline_code_holds_anything(text: str) -> None:
    code_holds(text)


def code_holds(text: str) -> None:
    shown = escape.code(text)
    document = f"before {shown} after\n"
    found = tokens(document)
    codes = [token for token in found if token.type == "code_inline"]
    if not plain(text):
        assert codes == []
        return
    assert len(codes) == 1
    dead(document)
    assert [t.content for t in found if t.type == "text"] == ["before ", " after"]
    inside = plain(codes[0].content)
    assert inside.rstrip("…") == plain(text)[: len(inside.rstrip("…"))]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_fence_holds_all_of_it(text: str) -> None:
    fence_holds(text)


@given(PIECES, st.sampled_from(["", "yaml", "x`y", "a b", "<b>"]))
def test_a_fence_holds_anything(text: str, language: str) -> None:
    fence_holds(text, language)


def fence_holds(text: str, language: str = "") -> None:
    shown = escape.fence(text, language)
    found = GITHUB.parse(f"above\n\n{shown}\n\nbelow\n")
    paragraph = ["paragraph_open", "inline", "paragraph_close"]
    assert kinds(found) == [*paragraph, "fence", *paragraph]
    block = found[3]
    assert block.info in ("", "yaml")
    lines = block.content.splitlines()
    assert len(lines) <= escape.FENCE_LINES + 1
    assert all(len(one) <= escape.FENCE_WIDTH for one in lines)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_row_of_a_table_has_as_many_cells_as_it_was_given(text: str) -> None:
    row_holds(text, text)


@given(PIECES, PIECES)
def test_a_row_of_anything_has_as_many_cells_as_it_was_given(one: str, other: str) -> None:
    row_holds(one, other)


def row_holds(one: str, other: str) -> None:
    row = escape.row(escape.line(one), escape.code(other, table=True), "`last`")
    document = f"above\n\n| a | b | c |\n|---|---|---|\n{row}\n\nbelow\n"
    found = GITHUB.parse(document)
    assert kinds(found).count("tr_open") == 2
    assert kinds(found).count("td_open") == 3
    assert kinds(found).count("paragraph_open") == 2
    cells = [found[at + 1] for at, token in enumerate(found) if token.type == "td_open"]
    assert cells[2].content == "`last`"
    acting = {"link_open", "image", "html_inline", "html_block"}
    assert not acting & set(kinds(tokens(document)))
    assert not PEOPLE.search(seen(document))


def test_a_long_fence_says_how_much_was_left_out() -> None:
    shown = escape.fence("\n".join(f"line {n}" for n in range(40)))
    assert shown.splitlines()[-2] == "… 28 more lines"
    assert "line 11" in shown
    assert "line 12" not in shown


def test_what_is_harmless_reads_as_it_was_written() -> None:
    text = "A lamp’s light: 3 m, “warm” – größer als 2 🌊"
    assert seen(escape.line(text)).strip().replace(escape.BREAK, "") == text
    assert escape.code("knowledge/bells/qna.yaml:3") == "`knowledge/bells/qna.yaml:3`"
    assert escape.code("a`b") == "``a`b``"
    assert escape.code("\u200b") == "*(empty)*"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_suggestion_holds_its_lines_to_the_letter_in_one_fence_or_is_not_made(text: str) -> None:
    suggestion_holds(text)


@given(PIECES)
def test_a_suggestion_of_anything_is_one_fence_or_is_not_made(text: str) -> None:
    suggestion_holds(text)


def suggestion_holds(text: str) -> None:
    lines = text.split("\n")
    shown = escape.suggestion(lines)
    if shown is None:
        assert (
            len(lines) > 12
            or len(text) > 1500
            or any(escape._visible(line) != line or line.lstrip().startswith("/") for line in lines)
        )
        return
    found = GITHUB.parse(f"before\n\n{shown}\n\nafter")
    [block] = [token for token in found if token.type == "fence"]
    assert (block.info, block.content) == ("suggestion", text + "\n")
    assert kinds(found).count("paragraph_open") == 2


def test_a_suggestion_tells_gitlab_how_many_lines_it_replaces() -> None:
    assert escape.suggestion(["a"], 3, "gitlab") == "```suggestion:-0+2\na\n```"
    assert escape.suggestion([], 1) is None
