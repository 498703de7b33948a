"""Commands in comments: given at the start of a line, never by quoting one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.command import LIMIT, Command, parse


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
        ("> said before\n@upweight approve", "approve", ()),
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
