"""Deliveries: signed, in order, repeated, lost, overtaken, sent again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import httpx
import pytest

from service.fake.deliveries import Deliveries
from service.fake.faults import Faults, Post
from service.fake.github.play import FakeGitHub
from webhooks.scheme import sign


class Heard(NamedTuple):
    """One delivery as a door heard it."""

    headers: dict[str, str]
    body: bytes


class Door:
    """A door that hears, and answers with `status`."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.status = 202
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                door.heard.append(Heard({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(door.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/webhooks/github"

    @property
    def ids(self) -> list[str]:
        return [heard.headers["x-github-delivery"] for heard in self.heard]


@pytest.fixture
def door() -> Iterator[Door]:
    """A door."""
    made = Door()
    yield made
    made.server.shutdown()
    made.server.server_close()


def post(door: Door, faults: Faults, count: int = 40) -> Deliveries:
    """So many deliveries, all settled."""
    deliveries = Deliveries(door.url, lambda guid, event, body: {"X-GitHub-Delivery": guid}, faults)
    for number in range(count):
        deliveries.send("push", "", str(number).encode())
    assert deliveries.settle()
    deliveries.close()
    return deliveries


def test_deliveries_are_signed_and_named_as_githubs_are(forge: FakeGitHub, door: Door) -> None:
    forge.deliveries.to = door.url
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    assert forge.deliveries.settle()
    (heard,) = door.heard
    assert heard.headers["x-github-event"] == "pull_request"
    assert heard.headers["x-hub-signature-256"] == sign(forge.hub.app.secret.encode(), heard.body)
    assert heard.headers["content-type"] == "application/json"
    told = json.loads(heard.body)
    assert (told["action"], told["number"], told["repository"]["full_name"]) == (
        "opened",
        number,
        "harbour/taxonomy",
    )
    assert told["pull_request"]["head"]["sha"] == forge.repo.git.ref(f"refs/pull/{number}/head")


def test_without_faults_each_comes_once_and_in_order(door: Door) -> None:
    post(door, Faults())
    assert [heard.body for heard in door.heard] == [str(number).encode() for number in range(40)]


def test_some_are_lost_and_the_list_knows_which(door: Door) -> None:
    faults = Faults(5)
    faults.post = Post(lose=0.4)
    deliveries = post(door, faults)
    assert door.ids == [sent.guid for sent in deliveries.all if not sent.lost]
    assert 5 < len(door.ids) < 35


def test_a_repeat_has_the_same_id_and_the_same_bytes(door: Door) -> None:
    faults = Faults(5)
    faults.post = Post(repeat=1.0)
    post(door, faults, 5)
    assert len(door.heard) == 10
    assert len({(heard.headers["x-github-delivery"], heard.body) for heard in door.heard}) == 5


def test_some_are_overtaken_and_all_arrive(door: Door) -> None:
    faults = Faults(5)
    faults.post = Post(reorder=0.4)
    deliveries = post(door, faults)
    sent = [sent.guid for sent in deliveries.all]
    assert door.ids != sent
    assert sorted(door.ids) == sorted(sent)


def test_delayed_ones_come_late(door: Door) -> None:
    faults = Faults(5)
    faults.post = Post(delay=0.3, seconds=0.05)
    deliveries = post(door, faults)
    assert sorted(door.ids) == sorted(sent.guid for sent in deliveries.all)
    assert door.ids != [sent.guid for sent in deliveries.all]


def test_a_lost_one_is_sent_again_on_request_and_its_tries_are_kept(forge: FakeGitHub, door: Door) -> None:
    forge.deliveries.to = door.url
    forge.faults.post = Post(lose=1.0)
    forge.people.ping()
    assert forge.deliveries.settle()
    (sent,) = forge.deliveries.all
    assert (door.heard, sent.lost, sent.attempts) == ([], True, [])
    door.status = 500
    forge.deliveries.again(sent.guid)
    assert forge.deliveries.settle()
    door.status = 202
    with httpx.Client(base_url=forge.url) as outside:
        assert outside.post(f"/_fake/deliveries/{sent.id}/again").json()["guid"] == sent.guid
        assert outside.post("/_fake/settle", json={}).json() == {"settled": True}
        assert outside.post("/_fake/deliveries/999/again").status_code == 404
        (told,) = outside.get("/_fake/deliveries").json()
    assert [attempt["status"] for attempt in told["attempts"]] == [500, 202]
    assert sent.heard


def test_a_door_that_is_not_there_costs_a_try_and_nothing_else(forge: FakeGitHub) -> None:
    forge.deliveries.to = "http://127.0.0.1:9/webhooks/github"
    forge.people.ping()
    assert forge.deliveries.settle()
    (sent,) = forge.deliveries.all
    assert [attempt.status for attempt in sent.attempts] == [0]


def test_what_the_app_does_not_hear_of_is_not_sent(forge: FakeGitHub) -> None:
    forge.hub.app.events.remove("pull_request")
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    forge.people.comment(number, "ada", "Hello.")
    assert [sent.event for sent in forge.deliveries.all] == ["issue_comment"]
