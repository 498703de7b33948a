"""The doctor: each lack has its remedy, what is optional never fails, and only what fails ends with 1."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app, checks
from service.house import open_house
from service.settings import Settings, plain_secret, read


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read({}, home=tmp_path / "home", cache=tmp_path / "cache", slots=1)


def test_versions_of_git_are_read_from_what_it_says() -> None:
    assert checks.git_version("git version 2.39.5 (Apple Git-154)") == (2, 39)
    assert checks.git_version("nothing") < checks.GIT
    assert checks.git_version("git version 2.9.1") < checks.GIT


def test_too_little_fails_and_scarce_warns() -> None:
    assert [checks.grade(have, 5, 2) for have in (5, 4, 2, 1)] == ["ok", "warn", "warn", "fail"]


def test_more_runs_than_cores_are_warned_of(settings: Settings) -> None:
    assert checks.threads(settings).state == "ok"
    assert checks.threads(settings.model_copy(update={"slots": 256})).state == "warn"


def test_a_home_is_looked_at_and_never_made(settings: Settings) -> None:
    assert checks.home(settings).state == "warn"
    assert not settings.home.exists()
    house = open_house(settings)
    assert checks.home(settings).state == "ok"
    house.database.close()
    with sqlite3.connect(settings.home / "upweight.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00'")
    assert checks.home(settings).state == "fail"


def test_a_file_that_is_no_database_fails(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "upweight.db").write_text("no database " * 500)
    assert checks.home(settings).state == "fail"


def test_a_secret_that_others_may_read_fails_with_the_command_that_mends_it(settings: Settings) -> None:
    assert checks.secrets(settings).state == "ok"
    file = plain_secret(settings.home)
    assert checks.secrets(settings).state == "ok"
    file.chmod(0o644)
    look = checks.secrets(settings)
    assert (look.state, look.remedy) == ("fail", f"chmod go= {file}")


def test_a_running_service_is_seen_by_its_lock_and_not_disturbed(settings: Settings) -> None:
    assert "Nobody" in checks.service(settings).message
    house = open_house(settings)
    with house.lock():
        assert "running" in checks.service(settings).message
    assert "No service is running" in checks.service(settings).message
    with house.lock():
        pass


def test_the_cache_of_models_is_looked_into(settings: Settings) -> None:
    assert checks.models(settings).state == "warn"
    (settings.cache / "tiny-abc").mkdir(parents=True)
    (settings.cache / "tiny-abc" / "config.json").write_text("{}")
    assert checks.models(settings)[1:3] == ("ok", f"tiny in {settings.cache}.")


@pytest.mark.parametrize("look", [checks.chromium, checks.postgres])
def test_what_only_some_need_never_fails(settings: Settings, look: checks.Check) -> None:
    assert look(settings).state in ("ok", "warn")


@pytest.mark.slow
def test_the_doctor_says_a_line_for_each_look_and_fails_for_an_open_secret(tmp_path: Path) -> None:
    def doctor(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["doctor", "--home", str(tmp_path), *more])
        return done.exit_code, done.stdout

    code, out = doctor()
    assert (code, len(out.splitlines())) == (0, len(checks.CHECKS))
    plain_secret(tmp_path).chmod(0o666)
    code, out = doctor("--json")
    answer = json.loads(out)
    assert (code, answer["ok"], answer["error"]["code"]) == (1, False, "unfit")
    states = {each["name"]: each["state"] for each in answer["data"]["checks"]}
    assert states["secrets"] == "fail"
    assert all(each["remedy"] for each in answer["data"]["checks"] if each["state"] != "ok")
