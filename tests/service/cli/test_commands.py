"""The command line over a home: data on stdout, the rest on stderr, one object with --json, also for an error."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pygit2
import pytest
import typer
from typer.testing import CliRunner

from eval_harness.compare import compare
from service import settings
from service.attach import attach_all
from service.cli import app
from service.cli.answer import Answering
from service.cli.home import Json
from service.cli.link import remember
from service.db.tables import Batch, Contribution, Delivery, Heard, Repository
from service.lines import batch, release
from service.settings import read
from tests.eval_harness.test_compare import made
from tests.lines.batch_world import World
from webhooks.plain.setup import init


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def told(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and the one object that stands on stdout."""
    code, out, _ = run(*arguments, "--json")
    answer = json.loads(out)
    assert list(answer) == ["ok", "data", "error"]
    assert answer["ok"] == (answer["error"] is None) == (code == 0)
    return code, answer


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A batch in training, a release that is out, and a delivery."""
    made = World(tmp_path, "[batch]\nat_least = 1\n")
    made.released("v1", [])
    made.merged(1, "knowledge/one")
    assert batch.form(made.house, made.repository) is not None
    made.generated()
    with made.house.database.write() as session:
        session.add(
            Delivery(
                id="d-1", forge="plain", event="pushed", repository="t", body=b"", received=1.0, state="done",
                note="fine",
            )
        )  # fmt: skip
        session.add(Heard(forge="plain", event="pushed", outcome="kept", times=1, last=1.0))
    return made


def at(world: World) -> list[str]:
    return ["--home", str(world.house.home)]


READING = [
    ["batch", "list"], ["batch", "show", "1"], ["run", "list"], ["run", "show", "1"], ["release", "list"],
    ["release", "show", "v1"], ["deliveries"], ["deliveries", "--counts"],
    ["deliveries", "--state", "done", "--event", "pushed"], ["db", "verify"],
]  # fmt: skip


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_what_a_home_holds_is_told_as_lines_and_as_one_object(world: World, command: list[str]) -> None:
    code, out, _ = run(*command, *at(world))
    assert (code, bool(out.strip())) == (0, True)
    _, answer = told(*command, *at(world))
    assert answer["data"]


@pytest.mark.parametrize(
    "command",
    [
        ["batch", "show", "9"],
        ["batch", "gate", "9"],
        ["batch", "gate", "1"],
        ["batch", "gate", "1", "2"],
        ["batch", "retry", "9"],
        ["run", "show", "99"],
        ["run", "cancel", "99"],
        ["release", "show", "v9"],
        ["ask", "Who?", "--release", "v9"],
        ["deliveries", "--replay", "none"],
        ["release", "cut", "--repository", "elsewhere"],
        ["release", "verify", "nowhere"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_said_in_one_line_that_names_the_remedy(
    world: World, command: list[str]
) -> None:
    place = [] if command[1] == "verify" else at(world)
    code, answer = told(*command, *place)
    assert (code, answer["error"]["code"]) == (5, "not-found")
    assert answer["error"]["hint"]
    code, out, err = run(*command, *place)
    assert (code, out, len(err.strip().splitlines())) == (5, "", 1)


@pytest.mark.parametrize(
    "command", [*READING, ["ask", "Who?"], ["release", "cut"], ["run", "cancel", "1"]], ids=" ".join
)
def test_looking_at_a_home_that_is_not_there_makes_none(tmp_path: Path, command: list[str]) -> None:
    code, answer = told(*command, "--home", str(tmp_path / "none"))
    assert (code, answer["error"]["code"]) == (5, "not-found")
    assert not (tmp_path / "none").exists()


def test_a_gate_is_reported_as_a_page_tells_it(world: World) -> None:
    result = compare(made(3, broken={"l0": 0.7}))
    gate = {"members": [1], "look": 1, "decision": "failed", "reasons": result["reasons"], "result": result}
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.gates, row.override = [gate], {"by": "plain/bo", "reason": "Wanted.\x1b[31m"}
        session.add(row)
    code, out, _ = run("batch", "gate", "1", *at(world))
    assert code == 0
    assert out.index("The candidate failed: knowledge/b0/l0 fell") < out.index("leaf  ")
    assert "Passed by override of plain/bo: Wanted.[U+001B]" in out
    assert re.search(r"knowledge/b0/l0 +veto +0\.\d\d", out)
    assert "Not tested, and why" in out
    code, answer = told("batch", "gate", "1", "1", *at(world))
    assert (code, answer["data"]["decision"], answer["data"]["leaves"][0]["mark"]) == (0, "failed", "veto")
    assert answer["data"]["untested"]


def test_wrong_use_is_an_object_too(tmp_path: Path) -> None:
    for command in (
        ["batch", "show"],
        ["nonsense"],
        ["run", "list", "--nonsense"],
        ["batch", "show", "x"],
    ):
        code, answer = told(*command)
        assert (code, answer["error"]["code"]) == (2, "usage")
        code, out, err = run(*command)
        assert (code, out, bool(err)) == (2, "", True)


def test_a_database_that_is_none_or_too_new_is_said_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "upweight.db").write_text("This is no database. " * 100)
    code, out, err = run("batch", "list", "--home", str(tmp_path))
    assert (code, out, len(err.splitlines())) == (3, "", 1)
    assert "can't be read as a database" in err


def test_a_home_of_a_newer_version_is_said_so(world: World) -> None:
    with sqlite3.connect(world.house.home / "upweight.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00'")
    for command in (["batch", "list"], ["db", "upgrade"]):
        code, answer = told(*command, *at(world))
        assert (code, answer["error"]["code"]) == (3, "version")


def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPWEIGHT_PORT", "everywhere")
    code, answer = told("batch", "list", "--home", str(tmp_path))
    assert (code, answer["error"]["code"]) == (3, "configuration")
    assert "UPWEIGHT_PORT" in answer["error"]["message"]


def test_a_runs_log_is_a_stream_of_lines(world: World) -> None:
    row = world.runs()[0]
    assert told("run", "logs", str(row.id), *at(world))[0] == 5
    (Path(row.directory) / "log.txt").write_text("step 1\nstep 2\n")
    assert run("run", "logs", str(row.id), *at(world))[1] == "step 1\nstep 2\n"
    lines = [
        json.loads(line) for line in run("run", "logs", str(row.id), *at(world), "--json")[1].splitlines()
    ]
    assert [line["text"] for line in lines] == ["step 1", "step 2"]


def test_a_run_is_cancelled_and_its_batch_is_retried_or_given_up(world: World) -> None:
    run_id = world.runs("queued")[0].id
    _, answer = told("run", "cancel", str(run_id), *at(world))
    assert answer["data"]["run"] == run_id
    assert told("run", "cancel", str(run_id), *at(world))[1]["error"]["code"] == "refused"
    world.advance()
    assert told("batch", "retry", "1", *at(world))[1]["data"]["batch"] == 1
    assert run_id in [each.id for each in world.runs("queued")]
    code, out, _ = run("batch", "give-up", "1", "--reason", "Enough.", *at(world))
    assert (code, out) == (1, ""), "it is at work again"
    world.end(world.runs("queued")[0], "failed")
    world.advance()
    code, out, err = run("batch", "give-up", "1", "--reason", "Enough.", "--hold", "1", *at(world))
    assert code == 0, err
    assert world.member(1).state == "held-back"


def test_a_release_is_cut_from_the_batch_that_passed(world: World) -> None:
    code, answer = told("release", "cut", *at(world))
    assert (code, answer["error"]["code"]) == (1, "refused")
    with world.house.database.write() as session:
        row = world.batch()
        row.state = "passed"
        session.merge(row)
    _, answer = told("release", "cut", "--question", "Who?", *at(world))
    assert answer["data"]["sentence"] == "Release v2 is being built."
    planned = release.plan(world.house, world.repository)
    assert planned is not None
    assert planned.manifest["questions"] == ["Who?"]


def test_a_delivery_is_acted_on_again(world: World) -> None:
    _, answer = told("deliveries", "--replay", "d-1", *at(world))
    assert answer["data"] == {"id": "d-1", "state": "kept"}
    with world.house.database.read() as session:
        assert session.get_one(Delivery, "d-1").state == "kept"


def test_deliveries_are_chosen_by_their_state_and_event_and_a_state_that_is_none_is_refused(
    world: World,
) -> None:
    for chosen in (["--state", "kept"], ["--state", "failed"], ["--event", "closed"], ["--repository", "u"]):
        assert told("deliveries", *chosen, *at(world))[1]["data"] == []
    (row,) = told("deliveries", "--state", "done", *at(world))[1]["data"]
    assert (row["id"], row["note"], "body" in row) == ("d-1", "fine", False)
    code, answer = told("deliveries", "--state", "lost", *at(world))
    assert (code, answer["error"]["code"], "failed" in answer["error"]["hint"]) == (2, "usage", True)


def test_where_several_repositories_are_served_one_must_be_named(world: World) -> None:
    with world.house.database.write() as session:
        session.add(Repository(id="u", forge="plain", address=str(world.bare), created=2.0))
    code, answer = told("release", "cut", *at(world))
    assert (code, answer["error"]["code"]) == (2, "usage")
    assert told("release", "cut", "--repository", "t", *at(world))[1]["error"]["code"] == "refused"
    assert told("batch", "list", "--repository", "u", *at(world))[1]["data"] == []


def test_a_forge_is_set_up_for_the_address_and_the_home_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPWEIGHT_HOME", str(tmp_path / "home"))
    _, answer = told("init", "plain", str(tmp_path / "t.git"))
    assert answer["data"]["url"] == read({}).url == "http://127.0.0.1:8400"
    assert answer["data"]["home"] == str(tmp_path / "home")
    assert settings.plain_secret(tmp_path / "home").is_file()
    (tmp_path / "file").write_text("")
    assert told("init", "plain", str(tmp_path / "file"))[1]["error"]["code"] == "usage"
    (tmp_path / "t.git" / "config").write_text("[core\n")
    said = told("init", "plain", str(tmp_path / "t.git"))[1]["error"]
    assert said["code"] == "system"
    assert str(tmp_path / "t.git" / "config") in said["message"]


def test_a_forge_that_is_set_up_again_keeps_the_address_of_the_service(tmp_path: Path) -> None:
    home, link = tmp_path / "home", tmp_path / "link"
    home.mkdir()
    link.symlink_to(home)
    remember(home, "http://127.0.0.1:4711")
    _, answer = told("init", "plain", str(link / "t.git"), "--home", str(link))
    assert answer["data"]["url"] == "http://127.0.0.1:4711"
    assert answer["data"]["path"] == str(home / "t.git")
    config = pygit2.Repository(str(home / "t.git")).config
    assert config["upweight.secretFile"] == str(home / "secrets" / "plain")


def test_a_forge_of_another_home_rings_at_the_home_that_serves_it(world: World, tmp_path: Path) -> None:
    init(world.bare, "http://127.0.0.1:9", settings.plain_secret(tmp_path / "other"))
    (said,) = attach_all(world.house.settings, "http://127.0.0.1:4711")
    assert "another home" in said
    config = pygit2.Repository(str(world.bare)).config
    assert config["upweight.url"] == "http://127.0.0.1:4711"
    secret = Path(str(config["upweight.secretFile"])).read_bytes().strip()
    assert [secret] == world.house.settings.secret_bytes()
    assert attach_all(world.house.settings, "http://127.0.0.1:4712") == []


@pytest.mark.parametrize(
    "command",
    [
        ["up", "--recipe", "none"],
        ["up", "--model", "nosuch"],
        ["demo", "--model", "nosuch"],
        ["up", "--repository", "nowhere"],
        ["up", "--bind", "0.0.0.0"],
        ["up", "--bind", "::1"],
        ["up", "--guard", "docs"],
        ["up", "--guard", "nowhere"],
        ["up", "--documents", "nowhere"],
        ["db", "rebuild"],
    ],
    ids=" ".join,
)
def test_a_service_that_can_not_start_says_why(tmp_path: Path, command: list[str]) -> None:
    code, out, err = run(*command, "--home", str(tmp_path))
    assert (code > 0, out, len(err.strip().splitlines())) == (True, "", 1)


def test_a_service_that_is_told_by_its_variable_to_listen_to_everybody_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPWEIGHT_BIND", "0.0.0.0")
    code, _, err = run("up", "--home", str(tmp_path))
    assert code == 3
    assert "not 0.0.0.0" in err


def test_two_forges_of_one_name_are_not_taken_for_one_and_a_moved_one_is_found_again(tmp_path: Path) -> None:
    from service.taking import TwoOfAName
    from service.taking import plain as take_in

    world = World(tmp_path)
    taken = {"model": "tiny", "seed": 7}
    twin = tmp_path / "elsewhere" / "t.git"
    shutil.copytree(world.bare, twin)
    with pytest.raises(TwoOfAName, match="served as t already"):
        take_in(world.house, twin, "http://127.0.0.1:9", taken)
    assert world.repository.address == str(world.bare)
    shutil.rmtree(world.bare)
    assert take_in(world.house, twin, "http://127.0.0.1:9", taken).address == str(twin)
    assert world.repository.address == str(twin)


def test_a_model_that_is_a_folder_is_known_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.taking import plain as take_in

    world = World(tmp_path)
    (tmp_path / "mine").mkdir()
    with world.house.database.write() as session:
        session.delete(session.get_one(Repository, "t"))
    monkeypatch.chdir(tmp_path)
    row = take_in(world.house, world.bare, "http://127.0.0.1:9", {"model": "./mine", "seed": 7})
    assert row.model == str(tmp_path / "mine")


@pytest.mark.parametrize(
    ("model", "recipe", "expected"),
    [("tiny", "short", "short"), ("tiny", None, "tiny"), ("smollm2", None, "laptop")],
)
def test_a_new_repository_takes_the_recipe_that_was_named_else_the_models(
    tmp_path: Path, model: str, recipe: str | None, expected: str
) -> None:
    from service.taking import plain as take_in

    world = World(tmp_path)
    with world.house.database.write() as session:
        session.delete(session.get_one(Repository, "t"))
    taken = {"model": model, "recipe": recipe, "seed": 7}
    assert take_in(world.house, world.bare, "http://127.0.0.1:9", taken).recipe == expected


def test_what_git_refused_is_said_without_a_traceback(tmp_path: Path) -> None:
    bundle = tmp_path / "x.bundle"
    bundle.write_text("no bundle")
    code, out, err = run("replay", str(bundle), "--home", str(tmp_path / "home"), "--json")
    assert (code, json.loads(out)["error"]["code"]) == (3, "command")
    assert "Traceback" not in err


def test_what_is_our_own_fault_is_one_object_with_its_traceback_on_stderr() -> None:
    faulty = typer.Typer(cls=Answering)

    @faulty.command("divide")
    def divide(as_json: Json = False) -> None:
        raise ZeroDivisionError("by nothing")

    @faulty.command("rest")
    def rest() -> None:
        pass

    done = CliRunner().invoke(faulty, ["divide", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (70, "fault")
    assert "ZeroDivisionError" in done.stderr
    done = CliRunner().invoke(faulty, ["divide"])
    assert (done.exit_code, done.stdout) == (70, "")
    assert "This is our fault: ZeroDivisionError: by nothing" in done.stderr


def test_a_list_is_a_table_with_headings_and_no_python(world: World) -> None:
    lines = run("run", "list", *at(world))[1].splitlines()
    assert lines[0].split() == ["id", "repository", "batch", "kind", "purpose", "mix", "state", "seconds"]
    assert len(lines) == len(world.runs()) + 1
    assert not any("None" in line or "[" in line for line in lines)
    assert any(line.endswith(" -") for line in lines), "a run that has not ended has no seconds yet"


def test_a_release_is_verified_by_its_version_too(world: World) -> None:
    code, answer = told("release", "verify", "v9", *at(world))
    assert (code, answer["error"]["code"]) == (5, "not-found")
    folder = world.house.home / "releases" / "t" / "v1"
    _, answer = told("release", "verify", "v1", *at(world))
    assert f"{folder} holds no SHA256SUMS" in answer["error"]["message"]


def test_to_triage_nothing_that_is_there_names_it(tmp_path: Path) -> None:
    code, answer = told("triage", "--repo", str(tmp_path / "none"))
    assert (code, answer["error"]["code"]) == (2, "usage")
    pygit2.init_repository(str(tmp_path / "t.git"), bare=True)
    assert told("triage", "--repo", str(tmp_path / "t.git"))[0] == 2


def test_a_contribution_is_approved_by_the_owner_at_the_revision_that_was_seen(world: World) -> None:
    with world.house.database.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state, row.merged = "needs-review", None
        session.add(row)
    assert told("approve", "9", *at(world))[1]["error"]["code"] == "not-found"
    assert told("approve", "1", "--head", "f" * 40, *at(world))[1]["error"]["code"] == "refused"
    _, answer = told("approve", "1", *at(world))
    assert answer["data"]["number"] == 1
    assert world.member(1).state == "approved"
