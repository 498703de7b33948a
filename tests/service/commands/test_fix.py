"""What a program can mend is pushed onto the branch as one commit: at the author's word, or where they let others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygit2
import pytest

from service.git import mended
from service.house import House
from service.lines import mend
from service.serve import act
from service.web.signin import Person as Visitor
from tests.service.commands.stage import PASSED, Stage, person
from triage_rules.fix import Edit, Fix
from webhooks.forge import Denied

TRAILING = {
    "rule": "lint", "weight": "fix", "path": "knowledge/tides/qna.yaml", "line": 1, "column": 11,
    "message": "A blank at the end.", "remedy": "Take it away.",
    "patch": Fix("no blank at the end", (Edit(1, ("version: 3  ",), ("version: 3",)),)).to_json(),
}  # fmt: skip
FAULTY: dict[str, Any] = {**PASSED, "verdict": "changes-requested", "findings": [TRAILING]}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.stand(state="changes-requested", verdict=FAULTY)
    return made


def test_the_author_has_it_mended_as_a_new_revision_that_is_judged(stage: Stage) -> None:
    answer = stage.ask("ada", "fix")
    assert answer.ok, answer.sentence
    assert answer.sentence.startswith("1 thing is mended")
    row = stage.member(1)
    assert row.head != stage.head
    commit = stage.git[row.head].peel(pygit2.Commit)
    assert [str(parent.id) for parent in commit.parents] == [stage.head]
    assert commit.tree["knowledge/tides/qna.yaml"].data == b"version: 3\n"
    assert "Signed-off-by: Upweight" in commit.message
    assert row.verdict is not None
    assert not any(each["rule"] == "missing-sign-off" for each in row.verdict["findings"])
    assert {"contribution.mended", "contribution.judged"} <= set(stage.told())
    assert not stage.ask("ada", "fix").ok or stage.member(1).head != row.head
    stage.house.judge.close()


def test_nobody_else_pushes_to_a_branch_whose_author_does_not_let_them(stage: Stage) -> None:
    assert not stage.ask("bo", "fix").ok
    assert "lets nobody else push" in stage.ask("tom", "fix").sentence
    assert stage.member(1).head == stage.head
    assert stage.told() == []


def test_nothing_is_mended_where_no_finding_is_mechanical_or_the_head_moved(stage: Stage) -> None:
    stage.stand(verdict=PASSED)
    assert "Nothing of it" in stage.ask("ada", "fix").sentence
    stage.stand(verdict=FAULTY, head="f" * 40)
    assert "pushed to meanwhile" in stage.ask("ada", "fix").sentence
    stage.stand(head=stage.head, state="merged")
    assert not stage.ask("ada", "fix").ok


class Without:
    """A forge to whose branches nobody pushes."""


class Refusing(House):
    """A house whose forge can't, or will not."""

    one: Any

    def forge(self, repository: Any) -> Any:
        return self.one


def test_a_forge_that_cannot_says_so_and_one_that_refuses_is_quoted(stage: Stage) -> None:
    plain = stage.house.forge(stage.repository)
    house = Refusing(stage.house.settings, stage.house.database)
    house.one = Without()
    with pytest.raises(ValueError, match="runs `upweight fix`"):
        mend.push(house, stage.repository, 1, person("ada"))

    def refuse(number: int, old: str, new: str) -> None:
        raise Denied("the branch is protected")

    plain.mend = refuse
    house.one = plain
    with pytest.raises(ValueError, match="the branch is protected"):
        mend.push(house, stage.repository, 1, person("ada"))
    assert stage.told() == []


def test_who_presses_a_button_while_the_forge_is_away_is_told_so(stage: Stage) -> None:
    def away(number: int) -> None:
        raise OSError("no route to host")

    house = Refusing(stage.house.settings, stage.house.database)
    house.one = stage.house.forge(stage.repository)
    house.one.pull = away
    done = act(house, "fix", {"repository": "t", "number": 1}, Visitor("owner", "owner"))
    assert (done.ok, "does not answer just now" in done.sentence) == (False, True)


def test_a_name_that_is_taken_or_lies_elsewhere_is_left_and_so_is_what_is_stale(stage: Stage) -> None:
    head = stage.propose(2, "ada", {"a/QNA.yaml": "x \n", "a/qna.yaml": "y\n", "a/b.yml": "z\n"})
    who = pygit2.Signature("Upweight", "upweight@localhost", 5, 0)
    stale = Fix("stale", (Edit(1, ("w",), ("v",)),))
    fixes = {
        "a/QNA.yaml": [Fix("a name", rename="a/qna.yaml")],
        "a/b.yml": [Fix("off", rename="c/b.yaml"), stale],
    }
    assert mended.commit(stage.git, head, fixes, who) is None
    made = mended.commit(stage.git, head, {"a/b.yml": [Fix("a name", rename="a/b.yaml")]}, who)
    assert made is not None
    tree = stage.git[made[0]].peel(pygit2.Tree)
    assert (made[1], "a/b.yaml" in tree, "a/b.yml" in tree) == (1, True, False)
