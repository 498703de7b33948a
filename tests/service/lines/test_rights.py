"""Who may give a command: what can't be found out means no, and what was found out is forgotten when rights change."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service.commands import approve, hold, reject
from service.facts.owners import Role
from service.house import House
from service.lines import rights
from service.lines.obey import obey
from tests.service.commands.stage import Stage
from webhooks.event import Person
from webhooks.forge import Busy, Denied, Right

TOM = Person("far", "41", "tom")


@dataclass
class Far:
    """A forge on another machine that answers, or fails, as a test wants it, and counts how often it is asked."""

    granted: dict[str, Right] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    fails: Exception | None = None
    asked: int = 0

    def _ask(self) -> None:
        self.asked += 1
        if self.fails is not None:
            raise self.fails

    def right(self, person: Person) -> Right:
        self._ask()
        return self.granted.get(person.id, Right.read)

    def person(self, login: str) -> Person | None:
        self._ask()
        name = login.lower()
        return Person("far", self.logins[name], name) if name in self.logins else None

    def member(self, person: Person, group: str) -> bool:
        self._ask()
        return person.id in self.groups.get(group, ())

    def git_url(self) -> str:
        return "https://far.example/t.git"

    def git_login(self) -> tuple[str, str] | None:
        return None

    def heads(self) -> str:
        return "+refs/pull/*/head:refs/pull/*/head"


class Away(House):
    """A house whose one repository lives on a forge elsewhere."""

    far: Far

    def forge(self, repository: Any) -> Any:
        return self.far


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    away = Away(made.house.settings, made.house.database)
    away.far = Far()
    made.house = away
    return made


def far(stage: Stage) -> Far:
    assert isinstance(stage.house, Away)
    return stage.house.far


def no(stage: Stage, command: Any, who: Person = TOM) -> str | None:
    return rights.grant(stage.house, stage.repository, command, 1, who).no or None


@pytest.mark.parametrize("fault", [OSError("no route"), Denied("forbidden")])
def test_what_cannot_be_found_out_means_no_and_is_said_so(stage: Stage, fault: Exception) -> None:
    far(stage).granted["41"] = Right.admin
    far(stage).fails = fault
    said = no(stage, hold)
    assert said is not None
    assert "could not be found out" in said
    far(stage).fails = None
    assert no(stage, hold) is None, "no fault is remembered"


def test_a_forge_that_is_not_set_up_gives_nobody_a_right_and_a_refusal_says_so(stage: Stage) -> None:
    class Unset(Away):
        def forge(self, repository: Any) -> Any:
            raise ValueError("UPWEIGHT_GITHUB_APP_ID: it is not set")

    house = Unset(stage.house.settings, stage.house.database)
    answer = obey(house, "t", "hold", {"number": 1, "reason": "x"}, TOM)
    assert not answer.ok
    assert "could not be found out, and `hold` needs the right to triage" in answer.sentence
    assert stage.told() == []


def test_a_forge_that_asks_to_wait_says_neither_yes_nor_no(stage: Stage) -> None:
    owned(stage, knowledge="@tom\n@org/sailors\n")
    far(stage).fails = Busy("slow down", 60.0)
    for ask in (lambda: no(stage, hold), lambda: rights.named(stage.house, stage.repository, "tom")):
        with pytest.raises(Busy):
            ask()
    far(stage).fails = None
    far(stage).groups = {"org/sailors": {"42"}}
    assert no(stage, approve, Person("far", "42", "may")) is None


def test_a_right_is_asked_for_once_in_minutes_and_again_when_rights_change(stage: Stage) -> None:
    far(stage).granted["41"] = Right.triage
    assert [no(stage, hold) for _ in range(5)] == [None] * 5
    assert far(stage).asked == 1
    del far(stage).granted["41"]
    rights.forget(stage.house, "another")
    assert no(stage, hold) is None
    rights.forget(stage.house, "t")
    assert no(stage, hold) is not None
    assert far(stage).asked == 2


def test_nobody_is_a_triager_where_none_is_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for key in ("triagers", "maintainers"):
        stage.git.config.delete_multivar(f"upweight.{key}", ".*")
    stage.git.config["upweight.triagers"] = ""
    for name in ("tom", "", "*", "bo"):
        assert rights.of(stage.house, stage.repository, Person("plain", name, name)).right < Right.triage
    assert not stage.ask("tom", "approve").ok


def owned(stage: Stage, **files: str) -> None:
    for name, text in files.items():
        stage.write("knowledge/OWNERS" if name == "knowledge" else "OWNERS", text)
    stage.commit("Name owners")


def test_an_owner_of_all_that_is_touched_may_approve_and_a_reviewer_may_not(stage: Stage) -> None:
    far(stage).logins = {"tom": "41", "may": "42"}
    owned(stage, knowledge="approvers:\n  - @tom\nreviewers:\n  - @May  # from spring on\n")
    assert no(stage, approve) is None
    may = Person("far", "42", "may")
    assert no(stage, reject, may) is None
    assert no(stage, approve, may) is not None
    assert no(stage, approve, Person("far", "43", "tom")) is not None, "who took over a name is not meant"
    far(stage).granted["41"] = Right.none
    rights.forget(stage.house)
    assert no(stage, approve) is not None, "who may not even read is no owner"


def test_an_owner_approves_the_revision_whose_paths_were_looked_at_and_no_other(stage: Stage) -> None:
    far(stage).logins = {"tom": "41"}
    owned(stage, knowledge="@tom\n")
    assert rights.grant(stage.house, stage.repository, approve, 1, TOM).head == stage.head
    answer = obey(stage.house, "t", "approve", {"number": 1, "head": "e" * 40}, TOM)
    assert (answer.ok, "look again" in answer.sentence) == (False, True)
    assert obey(stage.house, "t", "approve", {"number": 1}, TOM).ok
    assert stage.member(1).approved_head == stage.head


def test_the_nearest_file_counts_alone_and_an_empty_one_names_nobody(stage: Stage) -> None:
    far(stage).logins = {"tom": "41"}
    owned(stage, root="@tom\n")
    assert no(stage, approve) is None
    owned(stage, knowledge="# nobody yet\n")
    assert no(stage, approve) is not None


def test_a_group_is_asked_of_the_forge(stage: Stage) -> None:
    owned(stage, root="@org/sailors\n")
    assert no(stage, approve) is not None
    rights.forget(stage.house)
    far(stage).groups = {"org/sailors": {"41"}}
    assert no(stage, approve) is None
    far(stage).fails = OSError("gone")
    rights.forget(stage.house)
    assert no(stage, approve) is not None


def test_what_is_touched_outside_takes_the_right_away(stage: Stage) -> None:
    far(stage).logins = {"tom": "41"}
    owned(stage, knowledge="@tom\n")
    row = stage.repository
    assert rights.role(stage.house, row, stage.member(1), TOM) == Role.approver
    house, stage.house = stage.house, House(stage.house.settings, stage.house.database)
    stage.propose(2, "ada", {"knowledge/a.md": "a", "b.md": "b"})
    stage.propose(3, "ada", {"knowledge/OWNERS": "@ada\n"})
    for number in (2, 3):
        assert rights.role(house, row, stage.member(number), TOM) == Role.none
