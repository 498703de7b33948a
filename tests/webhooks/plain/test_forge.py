"""The plain forge holds the contract of every forge, and keeps what is its own."""

from __future__ import annotations

import threading

import pygit2
import pytest

from tests.webhooks.forge_contract import ForgeContract
from tests.webhooks.plain.conftest import WHO, Ground
from webhooks.event import Commented, Person
from webhooks.forge import Moved, Pull, Right
from webhooks.plain.forge import PlainForge
from webhooks.plain.places import PULLS
from webhooks.plain.scheme import SCHEME, body_of
from webhooks.plain.setup import init

ADA = Person("plain", "ada", "ada")


class PlainStage:
    """A bare repository, and people who push to it."""

    branch = "main"

    def __init__(self, ground: Ground) -> None:
        self.ground, self.forge = ground, ground.forge
        self._topics: dict[int, str] = {}
        config = ground.repo.config
        config.set_multivar("upweight.maintainers", "^$", "max, mia")
        config.set_multivar("upweight.maintainers", "^$", "may")
        config["upweight.triagers"] = "tom"

    def contribute(self, topic: str, title: str) -> tuple[int, str]:
        head = self.ground.commit({"README.md": "hello\n", topic: "1"}, message=f"{title}\n")
        assert self.ground.push(f"{head}:refs/for/main", options=(f"topic={topic}",)).ok
        number = max(pull.number for pull in self.forge.open_pulls())
        self._topics[number] = topic
        return number, head

    def revise(self, number: int) -> str:
        head = self.ground.commit({"README.md": "hello\n", self._topics[number]: "2"}, message="Better\n")
        assert self.ground.push(f"{head}:refs/for/main", options=(f"topic={self._topics[number]}",)).ok
        return head

    def close(self, number: int) -> None:
        self.forge.close(number, "rejected")

    def let_edit(self, number: int, edits: bool) -> None:
        """Nobody can: there is no branch of theirs."""

    def delete_branch(self, number: int) -> None:
        self.close(number)

    def delete_fork(self, number: int) -> None:
        self.close(number)

    def commit_on(self, parent: str) -> str:
        repo = self.ground.repo
        self._count = getattr(self, "_count", 0) + 1
        tree, parents = repo[parent].peel(pygit2.Tree).id, [pygit2.Oid(hex=parent)]
        return str(repo.create_commit(None, WHO, WHO, f"commit {self._count}\n", tree, parents))

    def tip(self, branch: str) -> str:
        return str(self.ground.repo.references[f"refs/heads/{branch}"].target)

    def tagged(self, name: str) -> str | None:
        ref = self.ground.repo.references.get(f"refs/tags/{name}")
        return str(ref.peel(pygit2.Commit).id) if ref else None

    def person(self, right: Right) -> Person:
        names = {Right.admin: self.ground.owner, Right.maintain: "may", Right.triage: "tom"}
        name = names.get(right, "rea")
        return Person("plain", name, name)


class TestPlainForge(ForgeContract):
    """A bare repository as a forge."""

    @pytest.fixture
    def stage(self, ground: Ground) -> PlainStage:
        """The stage to play on."""
        return PlainStage(ground)


def test_it_can_do_what_is_asked_of_it_and_says_that_it_merges_and_tags_nothing(ground: Ground) -> None:
    from webhooks.forge import Checks, Conversation, Listing, Merging, Releases, Rights

    for protocol in (Conversation, Checks, Rights, Listing):
        assert isinstance(ground.forge, protocol)
    for protocol in (Merging, Releases):  # the service merges and tags in the repository itself
        assert not isinstance(ground.forge, protocol)


def test_what_people_say_is_kept_in_its_order_and_is_an_event(ground: Ground) -> None:
    number, _ = ground.contribute()
    events = [ground.forge.hear(number, ADA, text) for text in ("@upweight approve", "Ünïcode")]
    assert [(said.author, said.text) for said in ground.forge.talk(number)] == [
        (ADA, "@upweight approve"), (ADA, "Ünïcode"),
    ]  # fmt: skip
    assert len({event.id for event in events}) == 2
    assert SCHEME.parse("commented", body_of(events[0])) == events[0]
    assert isinstance(events[0], Commented)
    assert ground.forge.found(number).comments == ()  # people's words are not ours


def test_of_many_writers_at_once_nothing_is_lost(ground: Ground) -> None:
    number, _ = ground.contribute()

    def work(n: int) -> None:
        forge = PlainForge(ground.path)
        forge.write(number, f"c{n}", str(n))
        forge.label(number, frozenset({f"l{n}"}), frozenset())
        forge.hear(number, ADA, str(n))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = ground.forge.found(number)
    assert {comment.purpose for comment in found.comments} == {f"c{n}" for n in range(6)}
    assert found.labels == {f"l{n}" for n in range(6)}
    assert sorted(said.text for said in ground.forge.talk(number)) == [str(n) for n in range(6)]


def test_what_changes_nothing_commits_nothing(ground: Ground) -> None:
    number, _ = ground.contribute()
    ground.forge.write(number, "triage", "x")
    ground.forge.label(number, frozenset({"skill"}), frozenset())
    before = ground.repo.references[PULLS].target
    ground.forge.write(number, "triage", "x")
    ground.forge.label(number, frozenset({"skill"}), frozenset({"other"}))
    ground.forge.remove(number, "never-there")
    assert ground.repo.references[PULLS].target == before


@pytest.mark.parametrize("purpose", ["", "../labels", "a/b", "A", ".x", "x" * 200, "a\nb"])
def test_a_purpose_can_not_name_another_file(ground: Ground, purpose: str) -> None:
    with pytest.raises(ValueError):
        ground.forge.write(1, purpose, "x")


def test_the_topic_of_a_closed_contribution_is_free_again(ground: Ground) -> None:
    first, _ = ground.contribute("lamps", text="1")
    ground.forge.close(first, "merged")
    ground.forge.close(first, "merged")  # twice is once
    second, _ = ground.contribute("lamps", text="2")
    assert (first, second) == (1, 2)
    assert [pull.number for pull in ground.forge.open_pulls()] == [2]
    assert ground.forge.pull(1) is None


def test_a_contribution_from_elsewhere_keeps_its_number_and_the_next_is_counted_after_it(
    ground: Ground,
) -> None:
    head = ground.commit({"a.txt": "1"})
    assert ground.push(f"{head}:refs/for/main").ok  # so that its objects are here
    pull = Pull(70, head, "main", "old", "An old one", Person("plain", "ben", "Ben"), 1000.0)
    ground.forge.adopt(pull)
    assert ground.forge.pull(70) == pull
    assert ground.contribute("next")[0] == 71


def test_the_repository_is_called_by_its_folder_or_as_it_says(ground: Ground) -> None:
    assert ground.forge.repository == "taxonomy"
    ground.repo.config["upweight.repository"] = "another"
    assert PlainForge(ground.path).repository == "another"


def test_making_it_a_forge_again_mends_it_and_loses_nothing(ground: Ground) -> None:
    number, head = ground.contribute()
    (ground.path / "hooks" / "proc-receive").unlink()
    ground.repo.config["receive.procReceiveRefs"] = "refs/nowhere"
    assert init(ground.path, "http://127.0.0.1:1/", ground.secret) == ground.path
    assert ground.contribute("next", text="y")[0] == number + 1
    assert ground.forge.open_pulls()[0].head == head
    assert pygit2.Repository(str(ground.path)).config["upweight.url"] == "http://127.0.0.1:1"


def test_a_setting_that_stands_twice_is_mended_too(ground: Ground) -> None:
    with (ground.path / "config").open("a") as file:
        file.write("[receive]\n\tmaxInputSize = 1\n\tmaxInputSize = 2\n")
    init(ground.path, "http://127.0.0.1:1/", ground.secret)
    assert list(pygit2.Repository(str(ground.path)).config.get_multivar("receive.maxInputSize")) == ["64m"]


def test_a_branch_is_mended_from_where_it_was_seen_alone(ground: Ground) -> None:
    head = ground.commit({"README.md": "hello\n", "a": "1"}, message="Add a\n")
    assert ground.push(f"{head}:refs/for/main", options=("topic=a",)).ok
    better = ground.commit({"README.md": "hello\n", "a": "2"}, message="Mend a\n")
    ground.push(f"{better}:refs/heads/elsewhere")
    (pull,) = ground.forge.open_pulls()
    with pytest.raises(Moved):
        ground.forge.mend(pull.number, better, better)
    ground.forge.mend(pull.number, pull.head, better)
    assert ground.forge.open_pulls()[0].head == better
    ground.forge.close(pull.number, "closed")
    with pytest.raises(Moved):
        ground.forge.mend(pull.number, better, head)


def test_names_and_ids_are_one(ground: Ground) -> None:
    assert ground.forge.person("tom") == Person("plain", "tom", "tom")
    assert ground.forge.person("") is None
