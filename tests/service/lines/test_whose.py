"""A repository is known by its forge's id: a new name is followed, and a stranger with the old one is not believed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service import taking
from service.db.tables import Contribution, Delivery, Release, Repository
from service.house import House
from service.lines import board, intake, mirrors, release_on_forge, whose
from tests.service.lines.test_catching import Coast
from webhooks.event import Closed, Commented, Event, Person, Pushed, Renamed
from webhooks.forge import Denied, Pull
from webhooks.inbox import spoken_for
from webhooks.known import schemes
from webhooks.place import Elsewhere, Place
from webhooks.scheme import Scheme

OURS, STRANGER = "41", "99"
TOM = Person("remote", "tom", "tom")


@dataclass
class World:
    """What names lead to on a forge: an old one to its repository, until another takes it."""

    names: dict[str, Place] = field(default_factory=dict)
    away: bool = False
    asked: list[str] = field(default_factory=list)

    def place(self, name: str) -> Place:
        self.asked.append(name)
        if self.away:
            raise ConnectionError("it does not answer")
        if name not in self.names:
            raise Denied("404")
        return self.names[name]


@dataclass
class Sight:
    """The forge of a coast, as one name shows it."""

    remote: Any
    world: World
    name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.remote, name)

    def open_pulls(self) -> list[Pull]:
        return list(self.remote.open_pulls())

    def pull(self, number: int) -> Pull | None:
        return self.remote.pull(number)  # type: ignore[no-any-return]

    def pushed(self, pull: Pull) -> Pushed:
        return self.remote.pushed(pull)  # type: ignore[no-any-return]

    def place(self) -> Place:
        return self.world.place(self.name)


class Seen(House):
    """A house whose repositories lie on that forge."""

    remote: Any
    world: World

    def forge(self, repository: Repository) -> Any:
        return Sight(self.remote, self.world, repository.name)


class Shore(Coast):
    """A coast whose forge keeps ids: ours is 41, and is called ada/bells."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        seen = Seen(self.house.settings, self.house.database, judge=self.house.judge)
        seen.remote, seen.world = self.remote, World({"ada/bells": Place(OURS, "ada/bells")})
        self.house = seen  # type: ignore[assignment]
        self.names, self.world_of = seen.world.names, seen.world

    def renamed(self, name: str) -> None:
        """It has another name, and the old one leads there."""
        for old in self.names:
            self.names[old] = Place(OURS, name)
        self.names[name] = Place(OURS, name)

    def taken(self, name: str) -> None:
        """A stranger's repository has this name now."""
        self.names[name] = Place(STRANGER, name)

    def ours(self) -> Repository:
        return self.house.repository("t")

    def take(self, event: Event, name: str, id: str = OURS, own: bool = False) -> str | None:
        """Keep a delivery of an event, act on it, and give its note."""
        scheme = Scheme(
            "remote", b"", b"", b"", frozenset({"e"}), lambda _: "", lambda *_: event, lambda _: id
        )
        schemes()["remote"] = scheme
        kept = spoken_for(id, name) if own else name
        row = Delivery(
            id="d", forge="remote", event="e", repository=kept, body=zlib.compress(b""), received=1
        )
        with self.house.database.write() as session:
            session.merge(row)
        intake.take(self.house, "d")
        with self.house.database.read() as session:
            done = session.get_one(Delivery, "d")
            assert done.state == "done", done.note
            return done.note


@pytest.fixture
def shore(tmp_path: Path) -> Iterator[Shore]:
    made = Shore(tmp_path)
    yield made
    schemes().pop("remote", None)
    made.house.judge.close()


def said(name: str = "ada/bells") -> Commented:
    """A word that shows whether it was heard: there is no such command."""
    return Commented("remote", name, 1, TOM, "@upweight dance", "7")


HEARD = "no command `dance`"


def test_the_id_is_written_down_when_a_repository_is_first_heard_of(shore: Shore) -> None:
    shore.propose(1)
    assert HEARD in (shore.take(said(), "ada/bells") or "")
    assert shore.ours().forge_id == OURS


def test_the_id_is_written_down_when_we_catch_up(shore: Shore) -> None:
    assert shore.catch_up() == 0
    assert shore.ours().forge_id == OURS


def test_the_forges_word_on_an_id_goes_before_a_deliverys(shore: Shore) -> None:
    shore.propose(1)
    assert "not ours" in (shore.take(said(), "ada/bells", STRANGER) or "")
    assert shore.ours().forge_id == OURS


def test_where_the_forge_can_not_be_asked_the_first_proven_delivery_tells_the_id(shore: Shore) -> None:
    shore.world_of.away = True
    shore.take(said(), "ada/bells")
    assert shore.ours().forge_id == OURS
    assert "not ours" in (shore.take(said(), "ada/bells", STRANGER) or "")


def test_a_delivery_of_a_stranger_who_took_the_name_is_not_acted_on(shore: Shore) -> None:
    shore.propose(1)
    shore.catch_up()
    before = shore.kinds()
    shore.taken("ada/bells")
    for event in (
        said(),
        Closed("remote", "ada/bells", 1, TOM),
        Closed("remote", "ada/bells", 1, TOM, "a" * 40),
    ):
        assert "another repository" in (shore.take(event, "ada/bells", STRANGER) or "")
    assert shore.kinds() == before


def test_a_new_name_that_nobody_told_of_is_followed_by_the_next_delivery(shore: Shore) -> None:
    shore.propose(1)
    shore.catch_up()
    shore.renamed("ada/chimes")
    shore.taken("ada/bells")  # and the old one leads nowhere any more
    assert HEARD in (shore.take(said("ada/chimes"), "ada/chimes") or "")
    assert shore.ours().name == "ada/chimes"


def test_a_new_name_that_nobody_told_of_is_followed_when_we_catch_up(shore: Shore) -> None:
    shore.catch_up()
    shore.renamed("eve/chimes")
    shore.propose(1)
    assert shore.catch_up() == 1
    assert (shore.ours().name, shore.ours().forge_id) == ("eve/chimes", OURS)


def test_a_late_delivery_with_the_old_name_is_ours_and_gives_no_name_back(shore: Shore) -> None:
    shore.propose(1)
    shore.catch_up()
    shore.renamed("ada/chimes")
    shore.catch_up()
    for taken in (False, True):
        if taken:
            shore.taken("ada/bells")
        assert HEARD in (shore.take(said(), "ada/bells") or "")
        assert shore.ours().name == "ada/chimes"


def test_nothing_is_caught_up_with_of_a_stranger_who_took_the_name(shore: Shore) -> None:
    shore.propose(1)
    assert shore.catch_up() == 1
    shore.taken("ada/bells")
    shore.remote.pulls.clear()  # theirs has none open, and ours is not closed by that
    shore.propose(2)
    shore.remote.pulls.pop(1, None)
    assert shore.catch_up() == 0
    with shore.house.database.read() as session:
        assert session.get_one(Contribution, ("t", 1)).state != "closed"
        assert session.get(Contribution, ("t", 2)) is None


def test_nothing_is_fetched_of_a_stranger_who_took_the_name(shore: Shore) -> None:
    shore.catch_up()
    shore.taken("ada/bells")
    shore.house.placed.clear()  # a minute passed
    with pytest.raises(Elsewhere):
        mirrors.refresh(shore.house, shore.ours())


class Shelf(Sight):
    """A forge that shows releases and a dashboard, and remembers on whose repository."""

    def tag(self, name: str, target: str, message: str) -> str:
        raise AssertionError(self.name)

    def release(self, tag: str, title: str, notes: str, assets: Any) -> str:
        raise AssertionError(self.name)

    def board(self, title: str) -> tuple[str, str]:
        raise AssertionError(self.name)

    def redraw(self, identity: str, text: str) -> None:
        raise AssertionError(self.name)


def test_no_release_and_no_dashboard_is_shown_to_a_stranger_who_took_the_name(
    shore: Shore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shore.world.write(".upweight/policy.toml", "[forge]\ndashboard = true\n")
    shore.world.commit("A dashboard")
    shore.catch_up()
    shore.taken("ada/bells")
    monkeypatch.setattr(Seen, "forge", lambda self, row: Shelf(self.remote, self.world, row.name))
    about: dict[str, Any] = {
        "repository": "t",
        "version": "v1",
        "sequence": 1,
        "batch": 1,
        "state": "published",
    }
    row = Release(**about, tag="model-v1", directory="nowhere", manifest={}, created=0.0)
    shore.house.placed.clear()  # a minute passed
    assert release_on_forge.shown(shore.house, shore.ours(), row) == ""
    assert [board.by_timetable(shore.house, shore.ours()) for _ in range(2)] == [False, False]


def test_the_forges_word_on_a_name_is_good_for_a_minute(shore: Shore) -> None:
    shore.catch_up()
    many = len(shore.world_of.asked)
    for _ in range(5):
        whose.confirmed(shore.house, shore.ours())
    assert len(shore.world_of.asked) == many
    whose.confirmed(shore.house, shore.ours(), at_once=True)
    assert len(shore.world_of.asked) == many + 1


def test_who_proves_one_projects_secret_acts_on_that_project_whatever_name_they_write(shore: Shore) -> None:
    shore.propose(1)
    shore.catch_up()
    assert shore.take(said(), "ada/bells", STRANGER, own=True) == "not our repository"
    assert HEARD in (shore.take(said(), "ada/bells", own=True) or "")
    shore.names["eve/gongs"] = Place(STRANGER, "eve/gongs")
    assert HEARD in (shore.take(said(), "eve/gongs", own=True) or "")
    assert (
        shore.take(Renamed("remote", "eve/gongs", "ada/bells"), "ada/bells", own=True)
        == "not so on the forge"
    )
    assert shore.ours().name == "ada/bells"


def test_an_own_secret_speaks_for_no_repository_whose_id_is_not_known_yet(shore: Shore) -> None:
    assert shore.take(said(), "ada/bells", own=True) == "not our repository"
    assert shore.ours().forge_id is None


def test_a_delivery_of_a_new_name_is_believed_where_the_forge_says_so(shore: Shore) -> None:
    shore.catch_up()
    told = Renamed("remote", "ada/chimes", "ada/bells")
    assert shore.take(told, "ada/bells") == "not so on the forge"
    shore.renamed("ada/chimes")
    assert shore.take(told, "ada/bells") is None
    assert shore.ours().name == "ada/chimes"


# At the start


def start(shore: Shore, name: str, place: Place | None) -> str:
    """Name a repository at the start, where the forge says which that is; gives the id of ours that is served."""
    with shore.house.database.write() as session:
        row = taking._taken_before(session, "remote", name, place)
        return row.id if row is not None else "new"


def came_as(shore: Shore, id: str, name: str, forge_id: str | None) -> None:
    """Something that is served, which came by the name that `id` is made of."""
    with shore.house.database.write() as session:
        row = session.get_one(Repository, "t")
        session.add(Repository(**{**row.model_dump(), "id": id, "name": name, "forge_id": forge_id}))


def test_a_start_with_the_old_name_serves_the_repository_that_had_it(shore: Shore) -> None:
    came_as(shore, "eve.gongs", "eve/chimes", "7")
    renamed, stranger = Place("7", "eve/chimes"), Place(STRANGER, "eve/gongs")
    assert [start(shore, "eve/gongs", each) for each in (renamed, stranger, None)] == ["eve.gongs"] * 3
    assert shore.house.repository("eve.gongs").name == "eve/chimes"


def test_a_start_with_the_new_name_serves_what_we_know_by_the_old_one(shore: Shore) -> None:
    came_as(shore, "eve.gongs", "eve/gongs", "7")
    assert start(shore, "eve/chimes", Place("7", "eve/chimes")) == "eve.gongs"
    assert shore.house.repository("eve.gongs").name == "eve/chimes"


def test_a_start_writes_the_id_down_and_never_that_of_a_stranger_with_the_old_name(shore: Shore) -> None:
    came_as(shore, "eve.gongs", "eve/gongs", None)
    assert start(shore, "eve/gongs", Place("7", "eve/gongs")) == "eve.gongs"
    assert shore.house.repository("eve.gongs").forge_id == "7"
    came_as(shore, "eve.bells", "eve/drums", None)
    assert start(shore, "eve/bells", Place(STRANGER, "eve/bells")) == "eve.bells"
    assert (shore.house.repository("eve.bells").forge_id, shore.house.repository("eve.bells").name) == (
        None,
        "eve/drums",
    )


def test_two_repositories_whose_ids_here_would_be_alike_are_two_of_a_name_still(shore: Shore) -> None:
    came_as(shore, "a.b.c", "a/b.c", "7")
    with pytest.raises(taking.TwoOfAName):
        start(shore, "a.b/c", Place("8", "a.b/c"))
    assert start(shore, "eve/new", Place("8", "eve/new")) == "new"
