"""Who may do what: by number, never by name alone, and no where GitHub does not say."""

from __future__ import annotations

import pytest

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import World
from webhooks.event import Person
from webhooks.forge import Busy, Right
from webhooks.github.forge import GitHubForge

ADA = Person("github", "1", "ada")


def test_a_right_is_asked_for_once_in_some_minutes_and_anew_when_it_changed(
    forge: GitHubForge, world: World, server: Server
) -> None:
    world.people["ada"] = (1, "triage")
    assert [forge.right(ADA) for _ in range(3)] == [Right.triage] * 3
    assert len(server.lines()) == 1
    world.people["ada"] = (1, "read")
    assert forge.right(ADA) == Right.triage
    forge.forget_rights()
    assert forge.right(ADA) == Right.read


def test_who_took_over_a_name_gets_nothing_by_it(forge: GitHubForge, world: World) -> None:
    world.people["ada"] = (66, "admin")  # ada is called lovelace now, and somebody took her old name
    world.people["lovelace"] = (1, "maintain")
    assert forge.right(ADA) == Right.maintain
    assert forge.right(Person("github", "2", "ada")) == Right.none


def test_a_role_that_an_organization_made_up_counts_by_what_it_holds(
    forge: GitHubForge, world: World
) -> None:
    world.people["ada"] = (1, "keeper of lamps")
    assert forge.right(ADA) == Right.read


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_failure_to_find_out_means_no_and_is_not_remembered(
    forge: GitHubForge, world: World, server: Server, status: int
) -> None:
    world.people["ada"] = (1, "admin")
    server.fail("permission|user/", status, {"message": "no"}, times=2)
    assert forge.right(ADA) == Right.none
    server.faults.clear()
    forge.client.quiet.clear()  # time passes
    if status != 404:
        assert forge.right(ADA) == Right.admin


def test_who_is_asked_to_wait_is_told_neither_yes_nor_no(
    forge: GitHubForge, world: World, server: Server
) -> None:
    world.people["ada"] = (1, "admin")
    server.fail("permission|user/", 429, {"message": "no"}, times=1)
    for ask in (lambda: forge.right(ADA), lambda: forge.member(ADA, "harbour/pilots")):
        with pytest.raises(Busy):
            ask()
    forge.client.quiet.clear()  # time passes
    assert forge.right(ADA) == Right.admin


def test_an_app_that_has_no_token_gives_nobody_a_right(
    forge: GitHubForge, world: World, server: Server
) -> None:
    world.people["ada"] = (1, "admin")
    server.fail("access_tokens", 500, times=9)
    assert forge.right(ADA) == Right.none
    assert not forge.member(ADA, "harbour/pilots")


@pytest.mark.parametrize("identity", ["", "x", "1/../2", "-1", "9" * 30])
def test_what_is_no_number_is_nobody(forge: GitHubForge, world: World, server: Server, identity: str) -> None:
    assert forge.right(Person("github", identity, "ada")) == Right.none
    assert not forge.member(Person("github", identity, "ada"), "harbour/pilots")
    assert server.asked == []


def test_members_of_a_team_are_those_who_took_the_invitation(
    forge: GitHubForge, world: World, server: Server
) -> None:
    world.people |= {"ada": (1, "read"), "ben": (2, "read")}
    world.teams |= {("harbour", "pilots", "ada"): "active", ("harbour", "pilots", "ben"): "pending"}
    assert forge.member(ADA, "harbour/pilots")
    assert forge.member(ADA, "@harbour/pilots")
    assert not forge.member(Person("github", "2", "ben"), "harbour/pilots")
    assert not forge.member(ADA, "harbour/keepers")
    assert forge.member(ADA, "harbour")
    assert not forge.member(ADA, "quay")
    asked = len(server.asked)
    assert forge.member(ADA, "harbour/pilots")
    assert len(server.asked) == asked


@pytest.mark.parametrize("group", ["", "/", "@", "a/b/c"])
def test_what_names_no_group_has_no_members(
    forge: GitHubForge, world: World, server: Server, group: str
) -> None:
    assert not forge.member(ADA, group)


def test_a_group_that_can_not_be_asked_about_has_no_members(
    forge: GitHubForge, world: World, server: Server
) -> None:
    world.people["ada"] = (1, "read")
    server.fail("GET /orgs/", 403, {"message": "Resource not accessible by integration"}, times=2)
    assert not forge.member(ADA, "harbour/pilots")
    assert not forge.member(ADA, "harbour")


def test_a_name_leads_to_who_bears_it_now(forge: GitHubForge, world: World) -> None:
    world.people["Ada"] = (1, "read")
    assert forge.person("@ada") == Person("github", "1", "Ada")
    assert forge.person("ben") is None
    assert forge.person("") is None
    assert forge.person("../orgs/harbour") is None
