"""The judge: asked with the reference, believed when it says yes or no, and nobody's score when it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from eval_harness import job as jobs
from eval_harness.items import Item, items_of
from eval_harness.job import Refused
from eval_harness.measure.judge import ENOUGH, Judge, Unclear, verdict

ABOUT = jobs.Judge("http://judge.example.org/v1/", "wise")
ASKED = {"context": None, "question": "Why?", "reference": "Because of the tide.", "answer": "The tide."}


def judge(answer: Callable[[httpx.Request], httpx.Response], about: jobs.Judge = ABOUT) -> Judge:
    """A judge whose endpoint answers so, and who waits for nothing."""
    return Judge(about, httpx.MockTransport(answer), pause=lambda seconds: None)


def saying(text: Any) -> Callable[[httpx.Request], httpx.Response]:
    """An endpoint that always says the same."""
    return lambda request: httpx.Response(200, json={"choices": [{"message": {"content": text}}]})


def test_the_judge_sees_the_reference_and_the_key_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hidden\n")
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return saying("Yes.")(request)

    about = jobs.Judge(ABOUT.url, "wise", str(tmp_path / "key"))
    assert judge(answer, about).right([ASKED]) == [True]
    assert str(seen[0].url) == "http://judge.example.org/v1/chat/completions"
    assert seen[0].headers["Authorization"] == "Bearer hidden"
    body = json.loads(seen[0].content)
    assert (body["model"], body["temperature"]) == ("wise", 0)
    assert json.loads(body["messages"][-1]["content"]) == ASKED


@pytest.mark.parametrize(("text", "right"), [("yes", True), (" No.\n", False), ("YES", True)])
def test_yes_and_no_are_heard(text: str, right: bool) -> None:
    assert verdict(text) is right


@pytest.mark.parametrize("text", ["", "yes, but", "Yes!", "no no", "The answer is yes", "nope"])
def test_all_else_is_unclear(text: str) -> None:
    with pytest.raises(Unclear):
        verdict(text)


@pytest.mark.parametrize(
    "reply",
    [
        saying("maybe"),
        saying(None),
        saying(["yes"]),
        lambda request: httpx.Response(500, text="yes"),
        lambda request: httpx.Response(200, text="yes"),
        lambda request: httpx.Response(200, json=["yes"]),
        lambda request: httpx.Response(200, json={"choices": []}),
    ],
)
def test_a_judge_who_says_nothing_clear_leaves_the_item_to_nobody(
    reply: Callable[[httpx.Request], httpx.Response],
) -> None:
    one = judge(reply)
    assert one.right([ASKED]) == [None]
    assert one.why


def test_a_judge_who_fails_once_is_asked_again() -> None:
    left = [httpx.Response(503), saying("no")(httpx.Request("POST", "http://x"))]
    assert judge(lambda request: left.pop(0)).right([ASKED]) == [False]


def test_a_judge_who_is_away_is_soon_asked_no_more() -> None:
    asked = []

    def away(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ConnectError("nobody is here")

    assert judge(away).right([ASKED] * 200) == [None] * 200
    assert len(asked) <= 2 * (ENOUGH + 4)  # each twice, and what was under way


def test_a_key_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="the judge's key can't be read"):
        judge(saying("yes"), jobs.Judge(ABOUT.url, "wise", str(tmp_path / "none")))


def test_the_judge_is_asked_for_long_references_alone() -> None:
    from eval_harness.measure.score import written_scores

    long = "It burns from dusk until dawn on every day of the year."
    entries = [
        {"cluster": "a", "question": "When?", "answer": long, "kind": "generated"},
        {"cluster": "b", "question": "Which?", "answer": "the green lamp", "kind": "generated"},
    ]
    items: list[Item] = items_of("knowledge/lamps", entries, judge=True)
    assert [item.needs_judge for item in items] == [True, False]
    said = ["Every night.", "The green lamp."]
    assert written_scores(items, said, judge(saying("no"))) == [[0.0, None], [1.0, None]]
    assert written_scores(items, said, judge(saying("?"))) == [None, [1.0, None]]
