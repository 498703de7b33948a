"""A fake GitLab that people play with from outside, by its control alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.fake.gitlab.play import FakeGitLab
from service.fake.gitlab.wire import Asked, Told, Wire


class Play:
    """A fake that delivers to a listener of ours, and what that heard."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[Asked] = []
        self.came = threading.Semaphore(0)
        self.door = Wire(self._hear)
        self.fake = FakeGitLab(folder, deliver_to=f"{self.door.url}/webhooks/gitlab", secret="s")

    def _hear(self, asked: Asked) -> Told:
        self.heard.append(asked)
        self.came.release()
        return Told(202, {})

    def do(self, deed: str, **what: Any) -> Any:
        """Ask for something at the control."""
        answer = httpx.post(f"{self.fake.wire.url}/_fake/{deed}", json=what, trust_env=False)
        return answer.json() if answer.status_code < 300 else answer.status_code

    def see(self, place: str) -> Any:
        """Look at something at the control."""
        return httpx.get(f"{self.fake.wire.url}/_fake/{place}", trust_env=False).json()


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """A play."""
    one = Play(tmp_path)
    with one.fake:
        yield one
    one.door.close()


def test_what_people_do_is_delivered_at_once_with_the_secret(play: Play) -> None:
    made = play.do("do/open", who="ada", branch="lamps", title="Lamps", files={"lamps/qna.yaml": "a\n"})
    play.do("do/say", who="tom", level=40, number=1, text="@upweight help")
    play.do("do/push", who="ada", number=1, files={"lamps/qna.yaml": "b\n"})
    play.do("do/label", who="tom", number=1, labels=["priority"])
    play.do("do/approve", who="tom", number=1)
    for _ in range(5):
        assert play.came.acquire(timeout=20)
    assert [it.headers["x-gitlab-event"].split()[0] for it in play.heard] == [
        "Merge",
        "Note",
        "Merge",
        "Merge",
        "Merge",
    ]
    assert {it.headers["x-gitlab-token"] for it in play.heard} == {"s"}
    shown = play.see("requests/1")
    assert (shown["labels"], len(shown["notes"]), shown["sha"] != made["head"]) == (["priority"], 1, True)


def test_trouble_meets_the_api_and_never_the_control(play: Play) -> None:
    play.do("trouble", kind="503", times=1)
    assert play.see("")["project"] == "school/taxonomy"
    headers = {"PRIVATE-TOKEN": play.fake.token}
    asked = [
        httpx.get(f"{play.fake.wire.url}/api/v4/user", headers=headers, trust_env=False) for _ in range(2)
    ]
    assert [answer.status_code for answer in asked] == [503, 200]


def test_what_can_be_done_is_listed_and_what_can_not_is_told(play: Play) -> None:
    known = {"open", "push", "say", "rename", "label", "approve", "end", "squash", "move", "tick"}
    assert set(play.see("")["deeds"]) == known | {"let_edit", "delete_branch", "delete_fork"}
    assert play.see("")["deeds"]["say"]["takes"] == ["number", "who", "text"]
    assert [play.do("do/fly"), play.do("do/say", number=9, text="x"), play.do("do/say", nonsense=1)] == [
        404,
        400,
        400,
    ]


def test_who_brings_no_token_learns_nothing(play: Play) -> None:
    for headers in ({}, {"PRIVATE-TOKEN": "wrong"}):
        answer = httpx.get(f"{play.fake.wire.url}/api/v4/projects/42", headers=headers, trust_env=False)
        assert answer.status_code == 401
