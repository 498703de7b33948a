"""What goes wrong goes wrong by number or by chance, and the same way again for the same seed."""

from __future__ import annotations

import httpx
import pytest

from service.fake.faults import HANG, LOST, Fate, Faults, Post
from service.fake.github.play import FakeGitHub

REPO = "/repos/harbour/taxonomy"


def fates(seed: int, post: Post) -> list[Fate]:
    """What happens to two hundred deliveries."""
    faults = Faults(seed)
    faults.post = post
    return [faults.fate() for _ in range(200)]


def test_the_same_seed_has_the_same_troubles_and_another_has_others() -> None:
    post = Post(lose=0.1, repeat=0.3, delay=0.2, reorder=0.2)
    assert fates(7, post) == fates(7, post)
    assert fates(7, post) != fates(8, post)
    assert {fate.times for fate in fates(7, post)} == {0, 1, 2}


def test_one_kind_of_trouble_does_not_move_the_chances_of_another() -> None:
    lost = [fate.times == 0 for fate in fates(7, Post(lose=0.3))]
    assert lost == [fate.times == 0 for fate in fates(7, Post(lose=0.3, repeat=0.5, delay=0.5, reorder=0.5))]


def test_nothing_goes_wrong_unless_it_is_asked_for() -> None:
    assert set(fates(1, Post())) == {Fate()}
    assert all(Faults(1).meet("GET", REPO) is None for _ in range(100))


def test_a_share_of_requests_is_about_that_share_and_the_same_ones_again() -> None:
    def met(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.trouble("502", times=None, share=0.25)
        return [faults.meet("GET", REPO) is not None for _ in range(400)]

    assert met(3) == met(3)
    assert 60 < sum(met(3)) < 140


@pytest.mark.parametrize("wrong", [{"kind": "418"}, {"kind": ""}, {"kind": "500", "path": "("}])
def test_what_is_no_trouble_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        Faults().trouble(**wrong)


@pytest.mark.parametrize("kind", ["403", "404", "422", "429", "500", "502", "503"])
def test_the_next_requests_are_answered_as_asked_and_the_one_after_well(
    forge: FakeGitHub, client: httpx.Client, kind: str
) -> None:
    forge.faults.trouble(kind, times=2, seconds=3, path="/pulls")
    assert client.get(REPO).status_code == 200  # it was not about this one
    answers = [client.get(f"{REPO}/pulls") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [int(kind), int(kind), 200]
    assert answers[0].headers.get("retry-after") == ("3" if kind in ("403", "429", "503") else None)
    assert ("secondary rate limit" in answers[0].json()["message"]) == (kind in ("403", "429"))


def test_a_refused_request_has_done_nothing_and_a_lost_answer_has_done_everything(
    forge: FakeGitHub, client: httpx.Client
) -> None:
    number = forge.people.open("ada", "Lamps", {"lamps.txt": "x\n"})
    where = f"{REPO}/issues/{number}/comments"
    forge.faults.trouble("500", method="POST")
    assert client.post(where, json={"body": "one"}).status_code == 500
    assert client.get(where).json() == []
    forge.faults.trouble(LOST, method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(where, json={"body": "two"})
    assert [comment["body"] for comment in client.get(where).json()] == ["two"]


def test_a_hanging_request_outlasts_a_client_that_does_not_wait(
    forge: FakeGitHub, client: httpx.Client
) -> None:
    forge.faults.trouble(HANG, seconds=0.01)
    assert client.get(REPO).status_code == 200
    forge.faults.trouble(HANG, seconds=5.0)
    with pytest.raises(httpx.ReadTimeout):
        client.get(REPO, timeout=0.05)


def test_faults_are_asked_for_from_outside_and_never_meet_who_asks(forge: FakeGitHub) -> None:
    with httpx.Client(base_url=forge.url) as outside:
        told = outside.post("/_fake/faults", json={"kind": "503", "times": None}).json()
        assert told["requests"] == [
            {"kind": "503", "times": None, "share": 1.0, "seconds": 1.0, "method": "", "path": ""}
        ]
        assert outside.get("/rate_limit").status_code == 503
        assert outside.post("/_fake/faults", json={"kind": "503", "colour": 1}).status_code == 400
        assert (
            outside.post("/_fake/faults/deliveries", json={"lose": 0.5}).json()["deliveries"]["lose"] == 0.5
        )
        outside.delete("/_fake/faults")
        assert outside.get("/rate_limit").status_code == 200
        assert forge.faults.post == Post()
