"""A push explained: what changed since the last one, and whose approvals stay, over a real forge."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest

from service import tasks
from service.commands import approve, request_changes
from service.db import contributions, outlines
from service.db.tables import Wanted
from service.lines import approvals, say, since
from service.lines.obey import obey
from tests.lines.batch_world import World
from webhooks.event import Person

LEAF = "compositional_skills/writing/letter_endings"
DATA = Path(__file__).parents[2] / "service/demo/data/contributions/letter-endings-1" / LEAF
WHO = ("-c", "user.name=Jon", "-c", "user.email=jon@example.org")
TOM, MAY, REA = (Person("plain", name, name) for name in ("tom", "may", "rea"))


class Desk:
    """A contributor's clone, from which one topic is pushed again and again."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder / "desk"
        subprocess.run(["git", "clone", "-q", "-b", "main", str(world.bare), str(self.folder)], check=True)
        self.qna = self.folder / LEAF / "qna.yaml"
        self.qna.parent.mkdir(parents=True)
        for name in ("qna.yaml", "attribution.txt"):
            (self.qna.parent / name).write_bytes((DATA / name).read_bytes())

    def git(self, *asked: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.folder), *WHO, *asked], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def push(self, message: str = "Letter endings", amend: bool = False) -> str:
        """Commit what lies there, push it, and let the house hear of it."""
        self.git("add", "-A")
        self.git("commit", "-q", "-s", "--allow-empty", "-m", message, *(["--amend"] if amend else []))
        env = {k: v for k, v in os.environ.items() if not k.startswith("UPWEIGHT_")}
        command = ["git", "-C", str(self.folder), "push", "-q", str(self.world.bare), "HEAD:refs/for/main"]
        done = subprocess.run(
            [*command, "-o", "topic=letters"],
            env={**env, "UPWEIGHT_PLAIN_USER": "jon-quill"},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        tasks.catch_up(self.world.house)  # no whole tick: that would merge first what is approved
        say.speak(self.world.house)
        return self.git("rev-parse", "HEAD")

    def replace(self, old: str, new: str) -> None:
        text = self.qna.read_text()
        assert old in text
        self.qna.write_text(text.replace(old, new))


def a_world(folder: Path, policy: str) -> World:
    world = World(folder, policy)
    world.git.config["upweight.maintainers"] = "tom, may, rea"
    return world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two must approve."""
    made = a_world(tmp_path, "[approve]\nneeds = 2\n")
    yield made
    made.house.judge.close()


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Desk:
    return Desk(world, tmp_path)


def comment(world: World) -> str:
    with world.house.database.read() as session:
        return str(session.get_one(Wanted, ("t", 1)).report["comments"]["triage"])


def approved_by(world: World) -> list[str]:
    """Whose approvals the newest head has."""
    with world.house.database.read() as session:
        return approvals.given(session, contributions.must(session, "t", 1))


def kept(world: World) -> list[dict[str, object]]:
    return [body for kind, body in world.events() if kind == "contribution.approval-kept"]


def test_an_approval_stays_when_only_the_layout_changed_and_the_comment_says_so(
    world: World, desk: Desk
) -> None:
    first = desk.push()
    approve.do(world.house, "t", {"number": 1}, TOM)
    desk.replace('"Full hold, Pell."', "Full hold, Pell.")
    second = desk.push("Quotes away")
    assert world.member(1).state == "needs-review"
    assert approved_by(world) == ["plain/tom"]
    assert kept(world) == [
        {"head": second, "from": first, "by": ["plain/tom"], "why": "only the layout changed"}
    ]
    assert "the approval of `plain/tom` stays" in comment(world)
    assert "Since revision 1: only the layout changed" in comment(world)
    assert len(world.house.forge(world.repository).found(1).comments) == 1, "edited, not written anew"
    assert approve.do(world.house, "t", {"number": 1}, TOM).startswith("You approved")
    approve.do(world.house, "t", {"number": 1}, MAY)
    tasks.tick(world.house)
    assert world.member(1).state == "merged"
    assert world.member(1).approved_by == "plain/tom, plain/may"


def test_enough_approvals_that_stay_merge_without_another_word(tmp_path: Path) -> None:
    world = a_world(tmp_path, "[approve]\nneeds = 1\n")
    desk = Desk(world, tmp_path)
    first = desk.push()
    approve.do(world.house, "t", {"number": 1}, TOM)
    desk.qna.write_text(desk.qna.read_text() + "\n")
    second = desk.push(amend=True)
    assert second != first
    member = world.member(1)
    assert (member.state, member.approved_head, member.approved_by) == ("approved", second, "plain/tom")
    tasks.tick(world.house)
    assert world.member(1).state == "merged"
    world.house.judge.close()


@pytest.mark.parametrize("keeps", [True, False])
def test_what_a_program_mends_keeps_an_approval_only_by_policy(tmp_path: Path, keeps: bool) -> None:
    world = a_world(tmp_path, f"[approve]\nneeds = 2\nkeep_on_layout = {str(keeps).lower()}\n")
    desk = Desk(world, tmp_path)
    desk.qna.write_bytes(desk.qna.read_bytes().replace(b"\n", b"\r\n"))
    first = desk.push()
    approve.do(world.house, "t", {"number": 1}, TOM)
    assert obey(world.house, "t", "fix", {"number": 1}, Person("plain", "jon-quill", "jon-quill")).ok
    member = world.member(1)
    assert (member.head != first, member.state) == (True, "needs-review")
    assert b"\r" not in world.git[member.head].peel(pygit2.Tree)[f"{LEAF}/qna.yaml"].data
    assert approved_by(world) == (["plain/tom"] if keeps else [])
    world.house.judge.close()


def test_an_answer_that_says_something_else_loses_the_approvals_and_is_told(world: World, desk: Desk) -> None:
    desk.push()
    approve.do(world.house, "t", {"number": 1}, TOM)
    desk.replace("Full hold, Pell.", "Warm lamp, Pell.")
    desk.push("Another answer")
    assert (approved_by(world), kept(world)) == ([], [])
    assert "Since revision 1: 1 answer altered" in comment(world)
    assert "the approval of" not in comment(world)
    desk.replace("Warm lamp, Pell.", "Full hold, Pell.")
    desk.push("Back again")
    assert (approved_by(world), kept(world)) == ([], []), "what was lost does not come back"
    with world.house.database.read() as session:
        old, _, new = contributions.revisions(session, "t", 1)
        told = since.between(session, old, new)
    assert told is not None
    assert told.only_layout, "any two revisions can be compared"


@pytest.mark.parametrize("way", ["two commits", "a no in between", "a file more", "a fault", "by policy"])
def test_nothing_else_carries_an_approval_on(tmp_path: Path, way: str) -> None:
    policy = "[approve]\nneeds = 2\n" + ("keep_on_layout = false\n" if way == "by policy" else "")
    world = a_world(tmp_path, policy)
    desk = Desk(world, tmp_path)
    desk.push()
    approve.do(world.house, "t", {"number": 1}, TOM)
    desk.qna.write_text(desk.qna.read_text() + ("\n" if way != "a fault" else "\n\n\n\n"))
    if way == "two commits":  # what the first of them held would be in the history for ever
        (desk.folder / "secret").write_text("hunter2")
        desk.git("add", "-A")
        desk.git("commit", "-q", "-s", "-m", "Sneak")
        (desk.folder / "secret").unlink()
    if way == "a no in between":
        request_changes.do(world.house, "t", {"number": 1, "reason": "No."}, REA)
    if way == "a file more":
        (desk.folder / "README.md").write_text("Hello\n")
    if way == "a fault":
        desk.replace("created_by: jon-quill", "created_by: jon-quill   ")
    desk.push("Layout")
    verdict = world.member(1).verdict
    assert verdict is not None
    expected = {"a fault": "changes-requested", "a file more": "needs-human"}.get(way, "passed")
    assert (verdict["verdict"], approved_by(world), kept(world)) == (expected, [], [])
    world.house.judge.close()


def test_a_base_that_moved_under_the_leaf_loses_the_approvals(world: World, desk: Desk) -> None:
    desk.push()
    approve.do(world.house, "t", {"number": 1}, TOM)
    world.write(
        f"{LEAF}/qna.yaml", "version: 3\n"
    )  # somebody else's leaf of that name, which this would replace
    world.commit("In the way")
    desk.git("fetch", "-q", "origin", "main")
    desk.git("rebase", "-q", "-X", "theirs", "origin/main")
    desk.push(amend=True)
    assert kept(world) == []


def test_what_somebody_saw_before_stays_known_however_often_they_look(world: World, desk: Desk) -> None:
    desk.push()
    with world.house.database.write() as session:
        outlines.looked(session, "t", 1, "tom", 1)
    desk.qna.write_text(desk.qna.read_text() + "\n")
    desk.push()
    for _ in range(2):
        with world.house.database.write() as session:
            outlines.looked(session, "t", 1, "tom", 2)
        with world.house.database.read() as session:
            look = outlines.look_of(session, "t", 1, "tom")
            assert look is not None
            assert (look.before, look.sequence) == (1, 2)
    assert since.seen_by(1, None, 2) == 1
    assert since.seen_by(None, 2, 2) is None
