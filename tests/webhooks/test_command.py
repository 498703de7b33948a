"""Commands in comments: given at the start of a line, never by quoting one."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from webhooks.command import LIMIT, LONGEST, WORDS, Command, parse


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("@upweight approve", "approve", ()),
        ("@Upweight APPROVE", "approve", ()),
        ("@upweight[bot] approve", "approve", ()),
        ("@upweight: approve.", "approve", ()),
        ("@upweight, request-changes", "request-changes", ()),
        ("   @upweight blame 7", "blame", ("7",)),
        ("@upweight\tblame 7", "blame", ("7",)),
        ('@upweight reject "not a skill" now', "reject", ("not a skill", "now")),
        ("@upweight reject it doesn't fit", "reject", ("it", "doesn't", "fit")),
        ("Thank you.\r\n@upweight approve\r\nBye", "approve", ()),
        ("> said before\n\n@upweight approve", "approve", ()),
        ("```\ncode\n```\n@upweight approve", "approve", ()),
        ("<!-- hidden -->\n@upweight approve", "approve", ()),
    ],
)
def test_a_command_is_heard(text: str, name: str, arguments: tuple[str, ...]) -> None:
    (found,) = parse(text)
    assert (found.name, found.arguments) == (name, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "approve",
        "please @upweight approve",
        "@upweight",
        "@upweight 7",
        "@upweights approve",
        "@upweight-bot approve",
        "@upweight/team approve",
        "@other approve",
        "> @upweight approve",
        "  > @upweight approve",
        ">> @upweight approve",
        "> quoted\nlazily continued, then nothing",
        "> quoted\n@upweight approve",  # still in the quote, as it is shown
        "> quoted\n\u00a0\n@upweight approve",
        "> quoted\u2028\u2028@upweight approve",
        "- > quoted\n@upweight approve",
        "1. a\n\n      > quoted\n   @upweight approve",
        "- ```\n  @upweight approve\n  ```",
        "- ```\n\n  @upweight approve\n  ```",
        "- ```\n```\n@upweight approve\n```",
        "- a\n\n  ```\n```\n@upweight approve\n```",
        "``` a`b\n```\n@upweight approve\n```",
        "`code\n@upweight approve\n`",
        "\\`a `b\n@upweight approve` c",
        '<a href="`">`\n@upweight approve\n`',
        '<a title="\n@upweight approve\n">',
        '[a](b "\n@upweight approve\n")',
        '[a]: /b "\n@upweight approve\n"',
        "text <!-- hidden\n@upweight approve\n-->",
        "<pre>\n\n@upweight approve\n\n</pre>",
        "<blockquote>\n\n@upweight approve\n\n</blockquote>",
        "<div>\n```\n\n```\n@upweight approve\n```",
        "<!-- hidden -->@upweight approve",
        "<!-- hidden --> <pre>\n@upweight approve",
        "~~no\n@upweight approve\n~~",
        "    @upweight approve",
        "\t@upweight approve",
        "```\n@upweight approve\n```",
        "~~~ text\n@upweight approve\n~~~",
        "````\n```\n@upweight approve\n```\n````",
        "```\n@upweight approve",
        "<!-- @upweight approve -->",
        "<!--\n@upweight approve\n-->",
        "<!--\n@upweight approve",
        "`@upweight approve`",
        "- @upweight approve",
        "@upweight " + "a" * 41,
        "@upweight ap\u0440rove",  # a Cyrillic letter in it
    ],
)
def test_what_only_looks_like_a_command_is_none(text: str) -> None:
    assert parse(text) == []


def test_several_commands_are_heard_in_their_order_with_what_was_written() -> None:
    text = '@upweight acquit 3  because of "the bells"\nand\n@upweight cut'
    assert parse(text) == [
        Command("acquit", ("3", "because", "of", "the bells"), '3  because of "the bells"'), Command("cut"),
    ]  # fmt: skip


def test_another_bot_hears_its_own_name_alone() -> None:
    assert parse("@weights.v2 cut\n@upweight cut", bot="weights.v2") == [Command("cut")]
    assert parse("@weightsxv2 cut", bot="weights.v2") == []


def test_a_flood_of_commands_is_cut() -> None:
    assert len(parse("@upweight cut\n" * 500)) == LIMIT


def test_a_slash_is_heard_where_the_forge_has_no_such_commands_of_its_own() -> None:
    said = "/upweight approve\n@upweight cut\n/upweights cut\n/other cut\n> /upweight cut"
    assert parse(said, slash=True) == [Command("approve"), Command("cut")]
    assert parse(said) == [Command("cut")]


def test_what_is_closed_on_its_line_silences_no_line_below() -> None:
    text = "See `qna.yaml` and [a page](https://example.org/a).\n@upweight approve\n@upweight blame `7`\n@upweight cut"
    assert [command.name for command in parse(text)] == ["approve", "blame", "cut"]


def test_a_list_or_a_closed_comment_silences_no_paragraph_below() -> None:
    assert parse("- a\n- b\n@upweight approve") == [Command("approve")]
    assert parse("<!--\n```\n-->\n@upweight approve") == [Command("approve")]
    assert parse("- a\n\n```\ncode\n```\n@upweight approve") == [Command("approve")]


def test_of_a_long_comment_the_beginning_is_read_and_of_long_words_too() -> None:
    assert parse("x" * LONGEST + "\n@upweight approve") == []
    (found,) = parse("@upweight reject " + "x" * 50_000)
    assert len(found.text) == WORDS


@pytest.mark.parametrize(
    "letters", ["[", "`", "<", "- ", "> ", "\\", "[a](", "<!--", "1. ", "~", "\n", "'", '"']
)
def test_a_flood_of_marks_is_read_in_bounded_work(letters: str) -> None:
    reads = _Counted(letters * (2 * LONGEST // len(letters)) + "\n@upweight approve")
    parse(reads)
    assert reads.most <= LONGEST


class _Counted(str):
    """A text that tells how much of it was taken out at once."""

    most = 0

    def __getitem__(self, key: Any) -> str:
        part = super().__getitem__(key)
        self.most = max(self.most, len(part))
        return part


@given(st.text("@upweight approve\n>`~-<!\t[bot]:,\"'\\ ", max_size=300))
def test_no_comment_breaks_the_parser(text: str) -> None:
    for command in parse(text):
        assert command.name
        assert "\n" not in command.text


@given(
    st.lists(st.sampled_from(["> ", "    ", "\t", "> > ", "`"]), min_size=1, max_size=3),
    st.text("ab\n", max_size=20),
)
def test_a_quoted_or_indented_line_never_commands(before: list[str], rest: str) -> None:
    assert parse("".join(before) + "@upweight approve " + rest) == []


PARTS = [
    "\n", "\n\n", "\r", "> ", "```", "````", "~~~", "~~", "`", "``", "- ", "1. ", "  ", "    ", "\t", "<!--", "-->",
    "<div>", "</div>", "<pre>", "</pre>", "<code>", "</code>", "<blockquote>", "</blockquote>", "<details>",
    "</details>", '<a title="', '">', "\\", "[a](b", "[x]:", ")", "]", "[", '"', "'", "text", "\u2028", "\xa0",
    "***", "|", "#", "*",
]  # fmt: skip
ASKED = "@upweight approve"


COMMENTS = st.lists(st.one_of(st.sampled_from(PARTS), st.just(ASKED), st.just("\n" + ASKED)), max_size=14)


@settings(max_examples=200)
@given(COMMENTS)
def test_each_command_that_is_heard_is_shown_outside_of_quotes_and_code(parts: list[str]) -> None:
    is_shown(parts)


@pytest.mark.full
@settings(max_examples=20_000, deadline=None)
@given(COMMENTS)
def test_each_command_of_many_comments_is_shown_outside_of_quotes_and_code(parts: list[str]) -> None:
    is_shown(parts)


def is_shown(parts: list[str]) -> None:
    text = "".join(f"{part} k{n}z" if part.endswith(ASKED) else part for n, part in enumerate(parts))
    shown = _shown(text)
    for command in parse(text):
        key = re.match(r"k\d+z", command.text)
        if key is not None:
            assert re.search(rf"@upweight\s+approve\s+{key.group()}", shown), text


class _Reader(HTMLParser):
    """What of a page stands outside of quotes and code."""

    silent = frozenset({"code", "pre", "blockquote", "del"})

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.depth += tag in self.silent

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in self.silent and self.depth > 0

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.parts.append(data)


def _shown(text: str) -> str:
    """A comment as GitHub's own renderer shows it, without what is quoted, code or struck out."""
    reader = _Reader()
    page = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    reader.feed(page)
    reader.close()
    return " ".join(reader.parts)
