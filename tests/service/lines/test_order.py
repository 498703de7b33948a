"""A forge that asks to wait refuses nobody: the word is heard later, once, and before whatever was said after it."""

from __future__ import annotations

import json
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from service.db.tables import Delivery
from service.house import House
from service.lines import intake, order
from service.serve import act
from service.web.signin import Person as Signed
from tests.service.commands.stage import Stage
from webhooks.event import Commented, Labelled, Person, Together
from webhooks.forge import Busy, Right
from webhooks.known import schemes
from webhooks.plain.forge import PlainForge
from webhooks.scheme import Scheme

TOM = Person("plain", "tom", "tom")


class Slow(PlainForge):
    """A forge that asks to wait, as often as it is told to, before it says who may do what."""

    waits: list[float]

    def right(self, person: Person) -> Right:
        if self.waits:
            raise Busy("slow down", self.waits.pop(0))
        return super().right(person)


class Far(House):
    """A house with that forge."""

    one: Slow

    def forge(self, repository: Any) -> Any:
        return self.one


class Desk(Stage):
    """A stage where comments come as deliveries."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        house = Far(self.house.settings, self.house.database)
        house.one = Slow(self.bare)
        house.one.waits = []
        self.house, self.slow = house, house.one
        self.propose(2, "ada", {"knowledge/bells/qna.yaml": "version: 3\n"})
        self.came = 0

    def comes(self, text: str, number: int = 1) -> str:
        """A comment of tom's comes to the door, and is taken at once."""
        self.came += 1
        name = f"d{self.came}"
        body = {
            "repository": "t", "number": number, "author": {"id": "tom"}, "text": f"@upweight {text}", "id": name,
            "head": self.member(number).head,
        }  # fmt: skip
        with self.house.database.write() as session:
            session.add(
                Delivery(
                    id=name, forge="plain", event="commented", repository="t", received=float(self.came),
                    body=zlib.compress(json.dumps(body).encode()),
                )
            )  # fmt: skip
        intake.take(self.house, name)
        return name

    def time_passes(self, seconds: float) -> None:
        """What waits is that much nearer; then the sweep takes what is due, in its order."""
        with self.house.database.write() as session:
            for row in session.exec(select(Delivery)):
                row.not_before -= seconds
                session.add(row)
        with self.house.database.read() as session:
            due = intake.waiting(session)
        for name in due:
            intake.take(self.house, name)

    def delivery(self, name: str) -> Delivery:
        with self.house.database.read() as session:
            return session.get_one(Delivery, name)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_word_is_tried_later_and_is_carried_out_once(desk: Desk) -> None:
    desk.slow.waits = [60.0, 60.0]
    name = desk.comes("approve")
    assert desk.told() == []
    assert desk.delivery(name).not_before > time.time() + 50
    for seconds in (30, 31, 61, 61):
        desk.time_passes(seconds)
    assert desk.told() == ["contribution.approved"]
    assert desk.delivery(name).note == f"Approved {desk.head[:12]}; it is merged next."


def test_what_was_said_afterwards_is_heard_afterwards(desk: Desk) -> None:
    desk.slow.waits = [60.0]
    desk.comes("approve")
    later = [desk.comes("unapprove"), desk.comes("hold Not yet.")]
    assert desk.told() == []
    assert all("an earlier word" in (desk.delivery(name).note or "") for name in later)
    desk.time_passes(61)
    assert desk.told() == ["contribution.approved", "contribution.unapproved", "contribution.held"]
    assert desk.member(1).state == "needs-review"


def test_what_comes_just_when_the_first_is_due_does_not_overtake_it(desk: Desk) -> None:
    desk.slow.waits = [60.0]
    first = desk.comes("approve")
    with desk.house.database.write() as session:
        session.get_one(Delivery, first).not_before = 0.0  # due, and not taken yet
    desk.comes("unapprove")
    assert desk.told() == []
    desk.time_passes(1)
    assert desk.told() == ["contribution.approved", "contribution.unapproved"]


def test_nobody_waits_for_a_word_about_another_contribution_or_for_one_that_asks_for_nothing(
    desk: Desk,
) -> None:
    desk.slow.waits = [60.0]
    desk.comes("approve", 2)
    desk.comes("hold Not yet.", 1)
    assert desk.told() == ["contribution.held"]


def test_several_labels_that_one_delivery_tells_of_are_a_word_as_well(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Together(tuple(Labelled("odd", "t", 1, name, True, TOM) for name in ("triage-approved", "bells")))
    scheme = Scheme("odd", b"", b"", b"", frozenset({"labels"}), lambda _: "", lambda *_: both)
    monkeypatch.setitem(schemes(), "odd", scheme)
    told: dict[str, Any] = {
        "forge": "odd",
        "event": "labels",
        "repository": "t",
        "body": zlib.compress(b"{}"),
    }
    with desk.house.database.write() as session:
        session.add(Delivery(id="a", received=1.0, note=f"{order.ASKED}: slow down", not_before=5e9, **told))
    later = Delivery(id="b", received=2.0, **told)
    for event in (Commented("odd", "t", 1, TOM, "@upweight unapprove", "7"), both):
        with pytest.raises(Busy, match="an earlier word about 1"):
            order.wait(desk.house, later, event)
    order.wait(desk.house, later, Commented("odd", "t", 2, TOM, "@upweight unapprove", "8"))


def test_a_fault_of_ours_with_one_word_silences_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(person: Person) -> Right:
        raise RuntimeError("a fault")

    monkeypatch.setattr(desk.slow, "right", breaks)
    with pytest.raises(RuntimeError):
        desk.comes("approve")
    monkeypatch.undo()
    desk.comes("hold Not yet.")
    assert desk.told() == ["contribution.held"]


def test_a_button_says_when_to_press_it_again(desk: Desk) -> None:
    desk.slow.waits = [60.0]
    asked = {"repository": "t", "number": 1, "head": desk.head}
    answer = act(desk.house, "approve", asked, Signed(id="tom", role="viewer"))
    assert (answer.ok, answer.sentence) == (False, "The forge asks to wait; say it again in 60 seconds.")
