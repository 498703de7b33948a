"""What a play shows at its end."""

from __future__ import annotations

from service.cli.demo import table


def test_the_answers_before_and_after_the_last_release_are_shown_and_nothing_in_them_is_obeyed() -> None:
    asked = {"question": "What is it made of?", "before": "\x1b[2JTin.\nOr", "after": "Oak.\u202e"}
    release = {"version": "v2", "dir": "/r/v2", "leaves": [], "excluded": [], "answers": [asked]}
    text = table({"releases": [{**release, "version": "v1", "answers": [{}]}, release]})
    assert text.splitlines()[-4:] == [
        "Answers before and after v2:", "  What is it made of?", "    before  [2JTin. Or", "    after   Oak.",
    ]  # fmt: skip


def test_where_nothing_was_released_nothing_is_shown() -> None:
    assert table({"releases": []}) == ""
