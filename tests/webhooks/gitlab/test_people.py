"""Who may do what: by membership, for minutes, and not to find out means no."""

from __future__ import annotations

import pytest

from tests.webhooks.gitlab.conftest import Ground
from webhooks.event import Person
from webhooks.forge import Busy, Denied, Right
from webhooks.gitlab.client import quiet
from webhooks.gitlab.people import SECONDS, Kept
from webhooks.gitlab.settings import GitLab


def someone(ground: Ground, level: int, state: str = "active") -> Person:
    """A person of the forge with a level."""
    one = ground.person("tom", level)
    one.state = state
    return Person("gitlab", str(one.id), one.username)


@pytest.mark.parametrize(
    ("level", "right"),
    [
        (5, Right.none), (10, Right.read), (15, Right.read), (20, Right.triage), (30, Right.write),
        (40, Right.maintain), (50, Right.admin), (60, Right.admin),
    ],
)  # fmt: skip
def test_each_level_is_a_right(ground: Ground, level: int, right: Right) -> None:
    assert ground.forge.right(someone(ground, level)) == right


def test_who_is_no_member_may_read_what_is_public_and_nothing_else(ground: Ground) -> None:
    stranger = Person("gitlab", str(ground.author.id))
    assert ground.forge.right(stranger) == Right.read
    ground.fake.project.visibility = "private"
    ground.forge.forget_rights()
    assert ground.forge.right(stranger) == Right.none


@pytest.mark.parametrize("state", ["blocked", "awaiting", ""])
def test_who_is_not_active_may_nothing(ground: Ground, state: str) -> None:
    assert ground.forge.right(someone(ground, 50, state)) == Right.none


@pytest.mark.parametrize("kind", [401, 403, 500, 503, "hang", "reset"])
def test_a_failure_to_find_out_means_no_and_is_asked_again(ground: Ground, kind: str | int) -> None:
    owner = someone(ground, 50)
    forge = ground.another(timeout="0.2")
    ground.fake.project.groups["school"] = {int(owner.id): 50}
    for asked in (lambda: forge.right(owner) == Right.admin, lambda: forge.member(owner, "school")):
        ground.fake.trouble(kind, path="/members/all/", seconds=0.4)
        assert not asked()
        quiet.forget()  # the wait that a 429 asks for is over
        assert asked()


def test_who_is_asked_to_wait_is_told_neither_yes_nor_no(ground: Ground) -> None:
    owner = someone(ground, 50)
    for ask in (lambda: ground.forge.right(owner), lambda: ground.forge.member(owner, "school")):
        ground.fake.trouble(429, path="/members/all/", seconds=0.4)
        with pytest.raises(Busy):
            ask()


def test_a_failure_to_learn_what_is_public_means_no(ground: Ground) -> None:
    ground.fake.trouble(500, path=r"/projects/[^/]+$")
    assert ground.forge.right(Person("gitlab", str(ground.author.id))) == Right.none


@pytest.mark.parametrize("id", ["", "tom", "1/../../users", "-1", "٣", "1 ", "9" * 30])
def test_an_id_that_is_no_number_asks_for_nothing(ground: Ground, id: str) -> None:
    assert ground.forge.right(Person("gitlab", id, "root")) == Right.none
    assert not ground.forge.member(Person("gitlab", id, "root"), "school")
    assert ground.fake.wire.asked == []


def test_rights_are_kept_for_minutes_and_forgotten_when_they_change(ground: Ground) -> None:
    tom = someone(ground, 30)
    now = [0.0]
    forge = type(ground.forge)(ground.forge.where, lambda: now[0])
    assert [forge.right(tom) for _ in range(5)] == [Right.write] * 5
    assert len(ground.fake.wire.asked) == 1
    ground.fake.project.people[int(tom.id)].level = 10
    now[0] = SECONDS - 1
    assert forge.right(tom) == Right.write
    now[0] = SECONDS
    assert forge.right(tom) == Right.read
    ground.fake.project.people[int(tom.id)].level = 50
    forge.forget_rights()
    assert forge.right(tom) == Right.admin


def test_membership_is_inherited_from_groups_above_and_from_none_beside(ground: Ground) -> None:
    tom = someone(ground, 0)
    ground.fake.project.groups |= {
        "school": {int(tom.id): 30},
        "school/deep": {},
        "scho": {},
        "minimal": {int(tom.id): 5},
    }
    forge = ground.forge
    assert [forge.member(tom, group) for group in ("school", "school/deep")] == [True, True]
    for group in ("scho", "minimal", "nowhere", "", "/", "../projects", "school/../school"):
        assert not forge.member(tom, group)


def test_what_is_kept_is_bounded() -> None:
    kept, gitlab = Kept(most=3), GitLab("u", "a", "g", "t")
    for number in range(10):
        kept.put((gitlab, "p", str(number)), number, 0.0)
    known = [kept.get((gitlab, "p", str(number)), int, 1.0) for number in range(10)]
    assert len([one for one in known if one is not None]) <= 3
    assert known[9] == 9


@pytest.mark.parametrize("login", ["ada", "Ada", "@ADA"])
def test_who_goes_by_a_name_is_found_in_whatever_capitals(ground: Ground, login: str) -> None:
    assert ground.forge.person(login) == Person("gitlab", str(ground.author.id), "ada")


@pytest.mark.parametrize(
    "login", ["", "@", "nobody", "ad", "a/b", "ada&username=tom", "../user", "a b", "x" * 300]
)
def test_a_name_that_nobody_goes_by_is_nobodys(ground: Ground, login: str) -> None:
    ground.person("tom", 50)
    assert ground.forge.person(login) is None


def test_who_is_blocked_goes_by_no_name(ground: Ground) -> None:
    ground.author.state = "blocked"
    assert ground.forge.person("ada") is None


@pytest.mark.parametrize("kind", [403, 500, "reset"])
def test_a_name_that_can_not_be_asked_for_is_told_to_the_caller(ground: Ground, kind: str | int) -> None:
    ground.fake.trouble(kind, path="/users$")
    with pytest.raises((OSError, Denied)):
        ground.forge.person("ada")
