"""A fake GitHub on which people do as they like, and a house that hears of it late, twice and in any order.

What the fake knows is what must be known in the end; what people saw when they approved is all that may be approved.
"""

from __future__ import annotations

import json
import random
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlmodel import col, select

from service import settings, taking
from service.db.tables import Contribution, Delivery, Event, Repository
from service.fake.deliveries import Sent
from service.fake.github.play import FakeGitHub
from service.fake.github.state import Issue, Pull
from service.fake.web import Refusal
from service.house import House, open_house
from service.lines import catching, intake
from service.lines.states import BEFORE_MERGE
from tests.lines.forge_world import Kind

FILES = {"README.md": "A taxonomy\n", ".upweight/policy.toml": "[batch]\nat_least = 9\n"}
STEPS = 45
AUTHOR, TRIAGER = "ada", "mo"


@dataclass
class Play:
    """The fake and its people, the house, and what was sent and not heard yet."""

    fake: FakeGitHub
    house: House
    random: random.Random
    post: list[Sent] = field(default_factory=list)
    pushed: dict[int, list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )  # every head, in its order
    seen: set[tuple[int, str]] = field(default_factory=set)  # what the triager saw when they approved
    sent: int = 0
    kept: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def repository(self) -> Repository:
        return self.house.repository("harbour.taxonomy")

    def issue(self, number: int) -> tuple[Issue, Pull]:
        issue = self.fake.repo.issues[number]
        assert issue.pull is not None
        return issue, issue.pull

    def row(self, number: int) -> Contribution | None:
        with self.house.database.read() as session:
            return session.get(Contribution, ("harbour.taxonomy", number))

    # What people do

    def does(self) -> None:
        """Somebody does something, or a while passes."""
        people, choose = self.fake.people, self.random
        if not self.pushed or choose.random() < 0.08:
            number = people.open(AUTHOR, f"Title {len(self.pushed)}", {f"{len(self.pushed)}.txt": "1\n"})
            self.pushed[number].append(self.issue(number)[1].head)
            return self._note(f"open {number}")
        number = choose.choice(sorted(self.pushed))
        deeds: list[tuple[str, Callable[[], object]]] = [
            ("push", lambda: self._push(number, False)),
            ("push", lambda: self._push(number, False)),
            ("force", lambda: self._push(number, True)),
            ("close", lambda: people.close(number)),
            ("reopen", lambda: people.reopen(number)),
            ("merge", lambda: people.merge(number, TRIAGER)),
            ("title", lambda: people.edit(number, title=f"Title {choose.randrange(99)}")),
            ("base", lambda: self._rebase(number)),
            ("draft", lambda: people.draft(number, choose.random() < 0.5)),
            (
                "comment",
                lambda: self._approves(number, lambda: people.comment(number, TRIAGER, "@upweight approve")),
            ),
            ("review", lambda: self._approves(number, lambda: people.review(number, TRIAGER, "APPROVE"))),
            (
                "label",
                lambda: self._approves(number, lambda: people.label(number, TRIAGER, "triage-approved")),
            ),
            ("unlabel", lambda: people.unlabel(number, TRIAGER, "triage-approved")),
        ]
        name, deed = choose.choice(deeds)
        try:
            deed()
        except Refusal as refused:
            name = f"{name} refused ({refused.message[:40]})"
        self._note(f"{name} {number}")
        if choose.random() < 0.6:
            self.fake.hub.clock.forward(choose.choice((1, 2, 60)))

    def _push(self, number: int, force: bool) -> None:
        heads = self.pushed[number]
        if self.issue(number)[0].state == "open":  # GitHub tells of no push to a closed one
            heads.append(self.fake.people.push(number, {f"{number}.txt": f"{len(heads) + 1}\n"}, force=force))

    def _rebase(self, number: int) -> None:
        if self.issue(number)[0].state == "open":  # GitHub refuses it of a closed one
            self.fake.people.edit(number, base=self.random.choice(("main", "main", "next")))

    def _approves(self, number: int, deed: Callable[[], object]) -> None:
        self.seen.add((number, self.issue(number)[1].head))
        deed()

    def _note(self, what: str) -> None:
        self.told.append(what)
        new = self.fake.deliveries.all[self.sent :]
        self.sent += len(new)
        self.post += [one for one in new for _ in range(self.random.choice((1, 1, 2)))]

    # What the house hears

    def hears(self) -> None:
        """One delivery of those that are on their way, more often an old one; or what is open there."""
        if self.random.random() < 0.04:
            self.house.asked.clear()
            self.told.append("catch up")
            catching.catch_up(self.house, self.repository)
            return
        last = len(self.post) - 1
        sent = self.post.pop(min(last, int(self.random.expovariate(0.4))))
        another = self.random.random() < 0.3  # the same news by another delivery, as where two hooks are set
        self.told.append(f"heard {sent.event}.{sent.action}")
        self._takes(sent, f"{sent.guid}-{self.kept}" if another else sent.guid)

    def _takes(self, sent: Sent, identity: str) -> None:
        self.kept += 1
        with self.house.database.write() as session:
            if session.get(Delivery, identity) is not None:
                return
            session.add(
                Delivery(
                    id=identity, forge="github", event=sent.event, repository="harbour/taxonomy",
                    body=zlib.compress(sent.body), received=float(self.kept),
                )
            )  # fmt: skip
        intake.take(self.house, identity)
        with self.house.database.read() as session:
            row = session.get_one(Delivery, identity)
        assert row.state == "done", (row.note, self.told)

    # What must be so

    def never_goes_back(self) -> None:
        """No head that is known was pushed before one that was known."""
        for number, heads in self.pushed.items():
            row = self.row(number)
            at = -1 if row is None else heads.index(row.head)
            assert at >= self.known.get(number, -1), (number, self.told)
            self.known[number] = at

    known: dict[int, int] = field(default_factory=dict)

    def is_as_the_forge_has_it(self) -> None:
        """Everything was told: what we know is what is so."""
        for number in self.pushed:
            (issue, pull), row = self.issue(number), self.row(number)
            what = (number, row.state if row else None, issue.state, pull.base, self.told)
            if issue.state == "open" and pull.base == "main":
                assert row is not None, what
                assert row.state in BEFORE_MERGE, what
                assert (row.head, row.title, row.draft) == (pull.head, issue.title, pull.draft), what
                assert row.verdict is not None, what
            elif pull.merged and pull.base == "main":
                assert row is None or (row.state, row.merged) == ("merged", pull.merge_commit), what
            else:
                assert row is None or row.state == "closed", what

    def approved_what_was_seen(self) -> None:
        """Nothing is approved that the triager did not have before them."""
        with self.house.database.read() as session:
            events = session.exec(select(Event).where(Event.kind == "contribution.approved"))
            approved = {(event.number, json.loads(event.body)["head"]) for event in events}
        assert approved <= self.seen, self.told

    def nothing_was_told_twice(self) -> None:
        """A head is pushed and judged once for each time that it was opened."""
        with self.house.database.read() as session:
            events = list(session.exec(select(Event).order_by(col(Event.sequence))))
        last: dict[int | None, tuple[str, str]] = {}
        for event in events:
            if event.kind in ("contribution.pushed", "contribution.judged", "contribution.closed"):
                this = (event.kind, json.loads(event.body).get("head", ""))
                assert last.get(event.number) != this, (this, self.told)
                last[event.number] = this


def home(folder: Path, fake: FakeGitHub) -> House:
    """A house that serves the fake's repository."""
    environment = {f"UPWEIGHT_GITHUB_{name.upper()}": value for name, value in fake.settings().items()}
    house = open_house(settings.read(environment, home=folder / "home"))
    house.judge = Kind()
    taking.remote(house, "github", "harbour/taxonomy", {"model": "tiny", "seed": 7})
    return house


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_order_in_which_it_is_heard_in_the_end_it_is_so(tmp_path: Path, seed: int) -> None:
    with FakeGitHub(tmp_path / "github", files=FILES, seed=seed) as fake:
        fake.people.role(TRIAGER, "maintain")
        fake.people.push_branch(TRIAGER, "next", {"next.txt": "1\n"})
        house = home(tmp_path, fake)
        play = Play(fake, house, random.Random(seed))
        play.sent = len(fake.deliveries.all)
        for _ in range(STEPS):
            play.does()
            while play.post and play.random.random() < 0.5:
                play.hears()
                play.never_goes_back()
        while play.post:
            play.hears()
            play.never_goes_back()
        play.is_as_the_forge_has_it()
        play.approved_what_was_seen()
        play.nothing_was_told_twice()
        house.asked.clear()
        assert catching.catch_up(house, play.repository) == 0, play.told
        play.is_as_the_forge_has_it()
        house.database.close()
