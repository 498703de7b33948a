"""From a fake GitLab through the door, over real HTTP: lost, repeated, out of order, signed or not."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pygit2
import pytest
import uvicorn

from service.fake.gitlab.state import Person as Somebody
from tests.webhooks.gitlab.conftest import LEAF, Ground
from tests.webhooks.shelf import Shelf
from webhooks.event import BranchMoved, Closed, Commented, Event, Labelled, Pushed, Reviewed, Unknown
from webhooks.forge import Pull
from webhooks.gitlab.scheme import SCHEME
from webhooks.routes import door

SIGNING = "whsec_bm90IGEgc2VjcmV0IG9mIGFueWJvZHkncywgcmVhbGx5"


class Door:
    """A door that listens, and what it kept."""

    def __init__(self) -> None:
        self.shelf, self.secrets = Shelf(), [b"old", b"new", SIGNING.encode()]
        app = door(self.shelf, lambda forge: self.secrets, lambda id: None)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/webhooks/gitlab"
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._server.serve([self._socket])), daemon=True
        )
        self._thread.start()

    def events(self) -> list[Event]:
        """What it kept, as events."""
        return [SCHEME.parse(one.event, one.body) for one in self.shelf.kept.values()]

    def close(self) -> None:
        """Listen no more."""
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def listening() -> Iterator[Door]:
    """A door."""
    one = Door()
    yield one
    one.close()


def story(ground: Ground) -> None:
    """A life of a merge request."""
    fake, tom = ground.fake, Somebody(77, "tom", 40)
    fake.project.people[77] = tom
    one = ground.request(description="Twelve.")
    fake.say(one, tom, "@upweight help")
    fake.push(one, {"lamps/qna.yaml": LEAF + "more\n"})
    fake.rename(one, ground.author, "Lamps of the harbour")
    fake.label(one, tom, "priority")
    fake.approve(one, tom)
    ground.forge.write(one.iid, "triage", "ours")
    ground.forge.merge(one.iid, one.head, "Merge\n")
    fake.move(tom, "main", fake.project.tip("main"))


KINDS = [Pushed, Commented, Pushed, Pushed, Labelled, Reviewed, Unknown, Closed, BranchMoved]


@pytest.mark.parametrize("proof", [{"token": "old"}, {"token": "new"}, {"signing_token": SIGNING}])
def test_a_whole_life_arrives_as_events_by_either_proof(
    ground: Ground, listening: Door, proof: dict[str, str]
) -> None:
    ground.fake.hook(listening.url, **proof)
    story(ground)
    ground.fake.deliveries.send()
    assert {status for _, status in ground.fake.deliveries.sent} == {202}
    events = listening.events()
    assert [type(event) for event in events] == KINDS
    closed = events[-2]
    assert isinstance(closed, Closed)
    assert closed.merged == ground.fake.project.tip("main")


@pytest.mark.parametrize("proof", [{"token": "wrong"}, {}, {"signing_token": "whsec_d3Jvbmc="}])
def test_what_nobody_proves_is_turned_away(ground: Ground, listening: Door, proof: dict[str, str]) -> None:
    ground.fake.hook(listening.url, **proof)
    story(ground)
    ground.fake.deliveries.send()
    assert {status for _, status in ground.fake.deliveries.sent} == {401}
    assert listening.shelf.kept == {}


def test_what_is_sent_twice_in_any_order_is_kept_once(ground: Ground, listening: Door) -> None:
    ground.fake.hook(listening.url, token="new")
    story(ground)
    assert ground.fake.deliveries.send(repeat=1.0, shuffle=True) == 2 * len(KINDS)
    assert sorted(type(event).__name__ for event in listening.events()) == sorted(
        kind.__name__ for kind in KINDS
    )


def test_what_was_lost_is_told_from_the_list(ground: Ground, listening: Door) -> None:
    ground.fake.hook(listening.url, token="new")
    one = ground.request(description="Twelve.", draft=True)
    ground.fake.deliveries.send(lose=1.0)
    assert listening.shelf.kept == {}
    told = ground.forge.pushed(ground.forge.open_pulls()[0])
    ground.fake.project.requests.clear()
    ground.fake.project.requests[one.iid] = one
    ground.fake.rename(one, ground.author, one.title)
    ground.fake.deliveries.send()
    assert listening.events() == [told]


# The list


def test_a_pull_has_all_that_a_delivery_would_have_told(ground: Ground) -> None:
    one = ground.request(description="Twelve.", draft=True)
    one.labels = ["a"]
    pull = ground.forge.pull(one.iid)
    assert isinstance(pull, Pull)
    assert (pull.number, pull.head, pull.base, pull.topic, pull.title) == (
        one.iid,
        one.head,
        "main",
        "lamps",
        "Lamps",
    )
    assert (pull.text, pull.draft, pull.labels, pull.author.id) == (
        "Twelve.",
        True,
        {"a"},
        str(ground.author.id),
    )
    assert abs(pull.created - one.created) <= 1


def test_a_branch_of_the_project_is_ours_to_mend_and_one_of_a_fork_where_its_author_says(
    ground: Ground,
) -> None:
    ground.request()
    ground.request("mine", forked=True, collaborates=False)
    ground.request("anybody-s", forked=True)
    assert [pull.mends for pull in ground.forge.open_pulls()] == [True, False, True]


def test_one_that_is_closed_or_unknown_is_none(ground: Ground) -> None:
    one = ground.request()
    ground.fake.end(one, ground.author)
    assert (ground.forge.pull(one.iid), ground.forge.pull(404)) == (None, None)


def test_the_list_is_read_to_its_end(ground: Ground) -> None:
    for number in range(120):
        ground.request(f"b{number}")
    assert [pull.number for pull in ground.forge.open_pulls()] == list(range(1, 121))


def test_a_mirror_fetches_the_heads_of_forks_too_by_the_refspec(ground: Ground) -> None:
    ours, mine = ground.request(), ground.request("mine", forked=True)
    mirror = pygit2.init_repository(str(ground.folder / "mirror.git"), bare=True)
    mirror.remotes.create_anonymous(ground.forge.git_url()).fetch([ground.forge.heads()])
    heads = {name: str(mirror.references[name].target) for name in mirror.references}
    assert heads == {f"refs/pull/{one.iid}/head": one.head for one in (ours, mine)}
