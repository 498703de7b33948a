"""Another link to sign in, while the service runs and only then."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.cli.link import remember
from service.web.signin import redeem
from tests.lines.batch_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A home with one repository."""
    return World(tmp_path)


def test_a_running_service_is_given_another_link_that_signs_in_once(world: World) -> None:
    remember(world.house.home, "http://127.0.0.1:4711")
    with world.house.lock():
        found = CliRunner().invoke(app, ["link", "--home", str(world.house.home)])
    assert found.exit_code == 0, found.stderr
    address, _, secret = found.stdout.strip().rpartition("/login/")
    assert address == "http://127.0.0.1:4711"
    with world.house.database.write() as session:
        assert redeem(session, secret, time.time())
        assert redeem(session, secret, time.time()) is None


def test_a_link_to_nothing_is_refused_with_the_way_to_start(world: World) -> None:
    remember(world.house.home, "http://127.0.0.1:4711")
    found = CliRunner().invoke(app, ["link", "--home", str(world.house.home)])
    assert (found.exit_code, found.stdout) == (5, "")
    assert "upweight up --home" in found.stderr
    with world.house.lock():
        pass  # asking left the home free
