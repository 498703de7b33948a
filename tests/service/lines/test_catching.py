"""Whatever no delivery told is caught up with, for any forge, and what people changed of ours is put back."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pygit2
import pytest
from msgspec.structs import replace
from pydantic import SecretStr
from sqlmodel import select

from service import taking, tasks
from service.db import contributions
from service.db.tables import Contribution, Delivery, Repository, Wanted
from service.house import House
from service.lines import catching, heard, intake, say, triage
from tests.lines.batch_world import World
from tests.service.lines.remote import Abroad, abroad
from webhooks.event import (
    Closed,
    Commented,
    Event,
    Labelled,
    Person,
    Pressed,
    Renamed,
    Reviewed,
    RightsChanged,
    Together,
)
from webhooks.forge import Busy, Denied, Found, FoundComment, Pull
from webhooks.known import schemes
from webhooks.plain.places import head_ref
from webhooks.report import Check
from webhooks.scheme import Scheme

ADA = Person("remote", "ada", "ada")


class Coast:
    """A house with one repository on a forge elsewhere; `propose` opens or pushes there and tells nobody."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.house: Abroad = abroad(self.world.house)
        self.remote = self.house.remote

    def propose(self, number: int, text: str = "A note\n", title: str = "Bells") -> Pull:
        git = self.world.git
        index = pygit2.Index()
        tip = git.references["refs/heads/main"].peel(pygit2.Commit)
        index.read_tree(tip.tree)
        index.add(
            pygit2.IndexEntry(
                f"note-{number}.txt", git.create_blob(text.encode()), pygit2.enums.FileMode.BLOB
            )
        )
        who = pygit2.Signature("Ada", "ada@example.org", 1, 0)
        head = git.create_commit(None, who, who, "Add a note\n", index.write_tree(git), [tip.id])
        git.references.create(head_ref(number), head, force=True)
        pull = Pull(number, str(head), "main", f"note-{number}", title, ADA, 1.0)
        self.remote.pulls[number] = pull
        return pull

    def later(self) -> None:
        """Ten minutes pass."""
        self.house.asked.clear()

    def catch_up(self) -> int:
        self.later()
        return catching.catch_up(self.house, self.house.repository("t"))

    def row(self, number: int = 1) -> Contribution:
        with self.house.database.read() as session:
            return contributions.must(session, "t", number)

    def tell(self, event: Event) -> str | None:
        """A delivery comes, whenever it was sent."""
        return heard.act(self.house, self.house.repository("t"), event)

    def kinds(self) -> list[str]:
        return [kind.rpartition(".")[2] for kind, _ in self.world.events()]


@pytest.fixture
def coast(tmp_path: Path) -> Iterator[Coast]:
    """A house by the sea."""
    made = Coast(tmp_path)
    yield made
    made.house.judge.close()


def test_what_was_opened_pushed_renamed_closed_and_reopened_unheard_is_caught_up_with_once(
    coast: Coast,
) -> None:
    coast.propose(1)
    assert [coast.catch_up(), coast.catch_up()] == [1, 0]
    assert coast.row().verdict
    pull = coast.propose(1, "Another note\n")
    assert [coast.catch_up(), coast.catch_up()] == [1, 0]
    assert (coast.row().head, coast.row().verdict is None) == (pull.head, False)
    coast.remote.pulls[1] = replace(pull, title="Bells of the harbour")
    assert [coast.catch_up(), coast.catch_up()] == [1, 0]
    assert coast.row().title == "Bells of the harbour"
    kept = coast.remote.pulls.pop(1)
    assert [coast.catch_up(), coast.catch_up()] == [1, 0]
    assert coast.row().state == "closed"
    coast.remote.pulls[1] = kept
    assert [coast.catch_up(), coast.catch_up()] == [1, 0]
    assert (coast.row().state, coast.row().verdict is None) == ("changes-requested", False)
    assert coast.kinds() == ["pushed", "judged", "pushed", "judged", "closed", "pushed", "judged"]


def test_a_forge_elsewhere_is_asked_at_the_start_and_then_every_few_minutes(coast: Coast) -> None:
    for _ in range(3):
        tasks.catch_up(coast.house)
    assert coast.remote.lists == 1
    coast.house.asked["t"] -= 60 * coast.house.settings.catch_up_minutes
    tasks.catch_up(coast.house)
    assert coast.remote.lists == 2


@pytest.mark.parametrize(
    ("trouble", "pause"),
    [(OSError("no route"), 60), (Busy("slow down", 90), 90), (Denied("not installed"), 60)],
)
def test_a_forge_that_can_not_be_asked_closes_nothing_and_is_asked_again_after_a_pause(
    coast: Coast, trouble: Exception, pause: float
) -> None:
    coast.propose(1)
    coast.catch_up()
    coast.remote.pulls.clear()
    coast.remote.trouble.append(trouble)
    assert coast.catch_up() == 0
    assert coast.row().state == "changes-requested"
    assert catching.catch_up(coast.house, coast.house.repository("t")) == 0, "not yet"
    coast.house.asked["t"] -= pause
    assert catching.catch_up(coast.house, coast.house.repository("t")) == 1
    assert coast.row().state == "closed"


def test_what_was_opened_while_the_list_was_made_is_not_taken_for_closed(coast: Coast) -> None:
    coast.propose(1)
    coast.catch_up()

    coast.remote.behind = True
    assert coast.catch_up() == 0
    assert coast.row().state == "changes-requested"


def test_a_late_delivery_does_not_reopen_what_was_closed_meanwhile(coast: Coast) -> None:
    older = coast.remote.pushed(coast.propose(1))
    newer = coast.remote.pushed(coast.propose(1, "Another note\n"))
    assert coast.tell(newer) is None
    coast.remote.pulls.clear()
    coast.tell(Closed("remote", "ada/bells", 1, ADA))
    before = coast.kinds()
    for late in (older, newer, older):
        assert coast.tell(late)
    assert (coast.row().state, coast.row().head, coast.kinds()) == ("closed", newer.head, before)


def test_who_hears_of_a_push_just_before_it_is_closed_does_not_reopen_it(coast: Coast) -> None:
    event = coast.remote.pushed(coast.propose(1))
    coast.tell(event)
    coast.remote.pulls.clear()
    coast.tell(Closed("remote", "ada/bells", 1, ADA))
    triage.seen(
        coast.house, coast.house.repository("t"), event
    )  # its answer from the forge is older than the end
    assert coast.row().state == "closed"


def test_a_late_end_does_not_close_what_is_open_again(coast: Coast) -> None:
    coast.tell(coast.remote.pushed(coast.propose(1)))
    assert coast.tell(Closed("remote", "ada/bells", 1, ADA)) == "open again on the forge"
    assert coast.row().state == "changes-requested"


def test_a_late_push_overwrites_no_newer_head_and_a_late_title_no_newer_title(coast: Coast) -> None:
    older = coast.remote.pushed(coast.propose(1, title="Bels"))
    newer = coast.propose(1, "Another note\n", title="Bells")
    coast.tell(coast.remote.pushed(newer))
    coast.tell(older)
    coast.tell(coast.remote.pushed(replace(newer, title="Bels again")))
    assert (coast.row().head, coast.row().title) == (newer.head, "Bells")
    assert coast.kinds() == ["pushed", "judged"]


def test_what_was_closed_before_anybody_heard_of_it_is_not_opened_by_its_first_delivery(coast: Coast) -> None:
    event = coast.remote.pushed(coast.propose(1))
    coast.remote.pulls.clear()
    assert coast.tell(Closed("remote", "ada/bells", 1, ADA)) is None
    assert coast.tell(event) == "not open on the forge any more"
    assert coast.kinds() == []


def test_what_is_for_another_branch_is_none_of_ours_until_it_is_for_ours(coast: Coast) -> None:
    ours = coast.propose(1)
    theirs = replace(ours, base="drafts")
    coast.remote.pulls[1] = theirs
    assert coast.tell(coast.remote.pushed(ours)) == "for another branch"
    assert (coast.catch_up(), coast.kinds()) == (0, [])
    coast.remote.pulls[1] = ours
    coast.tell(coast.remote.pushed(ours))
    coast.remote.pulls[1] = theirs
    assert [coast.catch_up(), coast.catch_up()] == [1, 0]
    assert (coast.row().state, coast.world.events()[-1][1]["reason"]) == (
        "closed",
        "it is for the branch drafts",
    )
    coast.remote.pulls[1] = ours
    assert (coast.catch_up(), coast.row().state) == (1, "changes-requested")


def test_a_press_is_of_the_contribution_at_its_head_where_no_number_is_told(coast: Coast) -> None:
    pull = coast.propose(1)
    coast.tell(coast.remote.pushed(pull))
    press = Pressed("remote", "ada/bells", 0, pull.head, "again", ADA)
    assert coast.tell(press) is None
    assert coast.tell(replace(press, head="1" * 40)) == "at no contribution that we know"


def test_a_check_that_is_run_again_is_set_once_more_though_nothing_changed(coast: Coast) -> None:
    pull = coast.propose(1)
    coast.tell(coast.remote.pushed(pull))
    say.speak(coast.house)
    shown, marked, mark = coast.remote.shown[1].check, list[Check](), coast.remote.mark

    def once_more(number: int, check: Check) -> None:
        marked.append(check)
        mark(number, check)

    coast.remote.mark = once_more  # type: ignore[method-assign]
    again = Pressed("remote", "ada/bells", 1, pull.head, "again", ADA)
    assert coast.tell(again) is None
    assert marked == [shown]  # whose suite the forge holds as queued meanwhile

    def refuse(number: int, check: Check) -> None:
        raise Denied("no checks by you")

    coast.remote.mark = refuse  # type: ignore[method-assign]
    assert coast.tell(again) == "not set again: no checks by you"


def test_a_forge_elsewhere_is_not_asked_while_the_database_is_held(coast: Coast) -> None:
    coast.tell(coast.remote.pushed(coast.propose(1)))
    kept = coast.remote.pulls.pop(1)
    coast.tell(Closed("remote", "ada/bells", 1, ADA))
    coast.remote.pulls[1] = kept
    pull = coast.remote.pull
    other = sqlite3.connect(coast.house.home / "upweight.db", timeout=0, isolation_level=None)

    def asked(number: int) -> Pull | None:
        other.execute("BEGIN IMMEDIATE")  # fails at once where somebody holds it
        other.execute("ROLLBACK")
        return pull(number)

    coast.remote.pull = asked  # type: ignore[method-assign]
    coast.tell(coast.remote.pushed(kept))
    other.close()
    assert coast.row().state == "changes-requested"


def test_what_we_did_ourselves_is_nobodys_wish(coast: Coast) -> None:
    coast.tell(coast.remote.pushed(coast.propose(1)))
    coast.remote.ours = lambda who: who.id == "tom"  # type: ignore[attr-defined]
    tom, head = Person("remote", "tom", "tom"), coast.row().head
    before = coast.kinds()
    for event in (
        Commented("remote", "ada/bells", 1, tom, "@upweight claim", "7"),
        Labelled("remote", "ada/bells", 1, "triage-rejected", True, tom),
        Reviewed("remote", "ada/bells", 1, head, tom, "approved", "", "8"),
    ):
        assert coast.tell(event) == "by ourselves"
    assert coast.kinds() == before


def test_an_approval_that_is_not_so_any_more_is_none_in_whatever_order_it_is_told(coast: Coast) -> None:
    coast.propose(1)
    coast.catch_up()
    tom, head, stands = Person("remote", "tom", "tom"), coast.row().head, [False]
    coast.remote.approves = lambda number, who: stands[0]  # type: ignore[attr-defined]
    given = Reviewed("remote", "ada/bells", 1, head, tom, "approved", "", "1-approved")
    taken_back = Reviewed("remote", "ada/bells", 1, head, tom, "dismissed", "", "1-unapproved")
    before = coast.kinds()
    coast.tell(taken_back)
    assert coast.tell(given) == "not so any more"
    assert coast.kinds() == before
    stands[0] = True
    assert "approve" in (coast.tell(given) or "")  # it is heard, whatever becomes of it
    assert coast.tell(taken_back) == "not so any more"


def test_each_of_several_labels_that_one_delivery_tells_of_is_heeded(coast: Coast) -> None:
    coast.propose(1)
    coast.catch_up()
    eve, labels = Person("remote", "eve", "eve"), frozenset({"triage-approved", "legal-hold"})
    coast.remote.label(1, labels, frozenset())
    told = tuple(Labelled("remote", "ada/bells", 1, label, True, eve) for label in sorted(labels))
    note = coast.tell(Together(told)) or ""
    assert note.count("put back") == 2
    assert coast.remote.shown[1].labels & labels == frozenset()


def test_of_labels_that_take_each_others_place_the_new_one_is_the_wish(coast: Coast) -> None:
    coast.propose(1)
    coast.catch_up()
    tom = Person("remote", "tom", "tom")
    coast.remote.label(1, frozenset({"triage-rejected"}), frozenset({"triage-needed"}))
    new, old = (
        Labelled("remote", "ada/bells", 1, label, added, tom)
        for label, added in (("triage-rejected", True), ("triage-needed", False))
    )
    coast.tell(Together((new, old)))
    assert (coast.row().state, coast.remote.shown[1].labels) == ("rejected", {"triage-rejected"})


def test_a_command_that_comes_before_its_contribution_is_carried_out(coast: Coast) -> None:
    coast.propose(1)
    tom = Person("remote", "tom", "tom")
    coast.tell(Commented("remote", "ada/bells", 1, tom, "Thanks.", "6"))
    assert coast.kinds() == []
    coast.tell(Commented("remote", "ada/bells", 1, tom, "@upweight claim", "7"))
    assert coast.kinds() == ["pushed", "judged", "claimed"]


@pytest.fixture
def told(coast: Coast, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str | None]:
    """Keep a delivery of this event about this repository and act on it; gives its note."""
    events: dict[str, Event] = {
        "renamed": Renamed("remote", "ada/chimes", "ada/bells"),
        "rights": RightsChanged("remote"),
        "commented": Commented("remote", "ada/chimes", 1, Person("remote", "tom"), "@upweight dance", "7"),
    }
    scheme = Scheme(
        "remote", b"", b"", b"", frozenset(events), lambda _body: "", lambda event, _body: events[event]
    )
    monkeypatch.setitem(schemes(), "remote", scheme)

    def take(event: str, repository: str) -> str | None:
        name = f"{event}-{repository}"
        row = Delivery(
            id=name, forge="remote", event=event, repository=repository, body=zlib.compress(b""), received=1
        )
        with coast.house.database.write() as session:
            session.merge(row)
        intake.take(coast.house, name)
        with coast.house.database.read() as session:
            kept = session.get_one(Delivery, name)
            assert kept.state == "done"
            return kept.note

    return take


def test_a_delivery_about_which_the_forge_tells_us_nothing_waits_and_is_no_fault_of_ours(
    coast: Coast, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = coast.remote.pushed(coast.propose(1))
    scheme = Scheme(
        "remote", b"", b"", b"", frozenset({"pushed"}), lambda _body: "", lambda _event, _body: event
    )
    monkeypatch.setitem(schemes(), "remote", scheme)
    with coast.house.database.write() as session:
        session.add(Delivery(id="d", forge="remote", event="pushed", repository="ada/bells", body=zlib.compress(b""),
                             received=1))  # fmt: skip
    coast.remote.trouble.append(Denied("the App is suspended"))
    intake.take(coast.house, "d")
    with coast.house.database.read() as session:
        kept = session.get_one(Delivery, "d")
    assert (kept.state, kept.attempts, kept.note) == ("kept", 1, "Denied: the App is suspended")


def test_a_repository_with_another_name_is_known_by_the_one_before(
    coast: Coast, told: Callable[[str, str], str | None]
) -> None:
    assert told("commented", "ada/chimes") == "not our repository"
    told("renamed", "ada/chimes")
    assert coast.house.repository("t").name == "ada/chimes"
    assert "no command `dance`" in (told("commented", "Ada/Chimes") or "")


def test_who_names_a_renamed_repository_at_the_start_gets_the_one_that_is_served(coast: Coast) -> None:
    with coast.house.database.write() as session:
        row = session.get_one(Repository, "t")
        row.forge, row.name = "gitlab", "ada/chimes"
        session.add(row)
    secret = {"token": SecretStr("glpat-x"), "url": SecretStr("http://127.0.0.1:9")}
    house = House(
        coast.house.settings.model_copy(update={"forges": {"gitlab": secret}}), coast.house.database
    )
    taken = {"model": "tiny", "seed": 7}
    assert taking.remote(house, "gitlab", "Ada/Chimes", taken).id == "t"
    other = taking.remote(house, "gitlab", "ada/gongs", taken)
    coast.tell(Renamed("gitlab", "ada/gongs", "ada/chimes"))
    assert (coast.house.repository("t").name, other.id) == ("ada/chimes", "ada.gongs")


def test_a_change_of_rights_that_names_no_repository_is_one_for_all_of_the_forge(
    coast: Coast, told: Callable[[str, str], str | None]
) -> None:
    assert (told("rights", ""), coast.remote.forgotten) == (None, 1)


def hours_pass(coast: Coast) -> None:
    with coast.house.database.write() as session:
        for row in session.exec(select(Wanted)):
            row.looked -= catching.HOURLY + 1
            session.add(row)


def looked(coast: Coast) -> list[int]:
    """Which contributions one round of looking compares."""
    coast.remote.looks.clear()
    catching.look_again(coast.house, coast.house.repository("t"))
    say.speak(coast.house)
    return list(coast.remote.looks)


def test_what_somebody_changed_of_ours_is_put_back_and_notifies_nobody(coast: Coast) -> None:
    coast.propose(1)
    coast.catch_up()
    say.speak(coast.house)
    shown = coast.remote.shown[1]
    assert looked(coast) == [], "it was only just said"
    (comment,) = shown.comments
    mine = frozenset({"good first issue"})
    coast.remote.shown[1] = Found((FoundComment("triage", "triage", "Nice try"),), mine, None)
    hours_pass(coast)
    assert looked(coast) == [1]
    now = coast.remote.shown[1]
    assert (now.comments, now.labels, now.check) == ((comment,), shown.labels | mine, shown.check)
    assert coast.remote.written == [(1, "triage")]
    hours_pass(coast)
    assert looked(coast) == [1]
    assert coast.remote.written == [(1, "triage")]


def test_a_few_are_looked_at_a_time_the_open_ones_first_and_each_has_its_turn(coast: Coast) -> None:
    for number in range(1, 10):
        coast.propose(number)
    coast.catch_up()
    for number in (1, 2):
        del coast.remote.pulls[number]
    coast.catch_up()
    say.speak(coast.house)
    hours_pass(coast)
    rounds = [looked(coast) for _ in range(3)]
    assert [len(each) for each in rounds] == [5, 4, 0]
    assert {1, 2} <= set(rounds[1]), "what is closed comes last"
    with coast.house.database.write() as session:
        row = contributions.must(session, "t", 1)
        row.updated -= catching.LATELY + 1
        session.add(row)
    hours_pass(coast)
    assert 1 not in {number for _ in range(3) for number in looked(coast)}


@pytest.mark.parametrize("trouble", [Denied("no right to comment"), ValueError("a fault of ours")])
def test_a_forge_that_refuses_one_report_is_told_the_others(coast: Coast, trouble: Exception) -> None:
    for number in (1, 2):
        coast.propose(number)
    coast.catch_up()
    coast.remote.trouble.append(trouble)
    say.speak(coast.house)
    assert [number for number, _ in coast.remote.written] == [2]
    with coast.house.database.read() as session:
        first = session.get_one(Wanted, ("t", 1))
        assert (first.said, first.attempts) == (0, 1)
