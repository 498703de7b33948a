"""`upweight policy`: check, show, test and try; their answers, their exit codes, and what strangers wrote in them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.policy import from_toml
from tests.lines.batch_world import World
from tests.service.test_hindsight import Past, leaf
from tests.triage_rules.test_presets import SIGNED
from triage_rules.policy import Policy


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["policy", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def answer(*arguments: str) -> tuple[int, Any, Any]:
    """Exit code, data and error."""
    code, out, _ = run(*arguments, "--json")
    told = json.loads(out)
    assert told["ok"] == (code == 0)
    return code, told["data"], told["error"]


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_check_names_the_line_and_counts_the_cases(tmp_path: Path) -> None:
    write(tmp_path, ".upweight/policy.toml", "[rules.lint]\nwaight = 'note'\n")
    code, _, error = answer("check", str(tmp_path))
    assert (code, error["line"], error["hint"]) == (1, 2, "Did you mean `weight`?")
    write(tmp_path, ".upweight/policy.toml", "")
    code, data, _ = answer("check", str(tmp_path))
    assert (code, data["cases"], data["judging_hash"]) == (0, 0, Policy.default().hash)
    write(tmp_path, ".upweight/policy-tests/one/expected.toml", "verdict = 'passed'\n")
    assert "1 test case lies beside it" in run("check", str(tmp_path))[1]
    assert answer("check", str(tmp_path / "nowhere"))[0] == 5


def test_check_names_every_mistake_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, ".upweight/policy.toml", "[rules.lint]\nwaight = 'note'\n[batch]\nat_least = 'two'\n")
    code, data, error = answer("check", str(tmp_path))
    assert (code, error["line"], error["hint"]) == (1, 2, "Did you mean `weight`?")
    assert [(each["line"], each["remedy"]) for each in data["mistakes"]] == [
        (2, "Did you mean `weight`?"), (4, "Change the value."),
    ]  # fmt: skip
    lines = run("check", str(tmp_path))[2].splitlines()
    assert [line.rpartition("policy.toml:")[2].partition(":")[0] for line in lines[:-1]] == ["2", "4"]
    assert lines[-1] == "2 mistakes."


@pytest.mark.parametrize("name", ["strict", "private"])
def test_show_prints_what_reads_again_as_the_same_policy(name: str) -> None:
    code, out, _ = run("show", name)
    assert (code, from_toml(out).judging) == (0, Policy.preset(name))
    data = answer("show", name)[1]
    assert data["policy_hash"] == from_toml(out).hash
    assert data["policy"]["rules"]["too-few-seeds"]["weight"] is None
    code, _, error = answer("show", "stricct")
    assert code == 5
    assert "instructlab-2024, strict" in error["hint"]


def test_the_cases_of_a_policy_are_judged_and_a_difference_ends_with_1(tmp_path: Path) -> None:
    assert answer("test", str(tmp_path))[0] == 5
    case = tmp_path / ".upweight" / "policy-tests" / "letters"
    for path, text in leaf("letters", 6).items():
        write(case / "files", path, text or "")
    write(case, "expected.toml", "verdict = 'passed'\n")
    assert run("test", str(tmp_path)) == (0, "as expected  letters\n", "")
    code, data, error = answer("test", str(tmp_path), "--policy", "strict")
    assert (code, error["message"]) == (1, "1 of 1 differ.")
    assert data["cases"][0]["found"] == {"too-few-seeds": "stop"}
    write(tmp_path, ".upweight/policy.toml", "[rules.too-few-seeds]\nat_least = 7\n")
    code, out, err = run("test", str(case))
    assert code == 1
    assert "    verdict: expected passed, is changes-requested: stop at " in out
    assert err.startswith("1 of 1 differ.")


@pytest.fixture
def past(tmp_path: Path) -> Past:
    made = Past(tmp_path / "t.git")
    made.add(leaf("letters", 6), f"Add \u202eletters (#7)\n\n{SIGNED}")
    made.add(leaf("cards", 8, last="A card tells it."), "Add cards (#8)")
    return made


def test_try_tells_before_and_after_for_each_contribution_of_a_range(past: Past, tmp_path: Path) -> None:
    repo = str(tmp_path / "t.git")
    code, data, _ = answer("try", "--repo", repo, "--policy", "private", "--against", "main~2..main")
    assert code == 0
    assert [(row["pull"], row["before"], row["after"]) for row in data["contributions"]] == [
        (7, "passed", "passed"), (8, "changes-requested", "changes-requested"),
    ]  # fmt: skip
    assert data["contributions"][1]["gone"] == ["missing-sign-off"]
    assert data["before"] == {"policy": "the policy of main", "judging_hash": Policy.default().hash}
    assert data["totals"]["contributions"] == 2
    _, out, _ = run("try", "--repo", repo, "--policy", "strict", "--against", "main~2..main")
    assert out.splitlines()[1].split()[:4] == ["#7", "passed", "changes-requested", "too-few-seeds"]
    assert "\u202e" not in out
    assert "[U+202E]" in out
    assert (
        "2 contributions: 1 with another verdict (1 passed → changes-requested), 0 with other findings" in out
    )


def test_try_takes_the_newest_only_and_says_how_many_it_left_out(past: Past, tmp_path: Path) -> None:
    _, data, _ = answer("try", "--repo", str(tmp_path / "t.git"), "--policy", "strict", "--most", "1")
    assert ([row["pull"] for row in data["contributions"]], data["older_left_out"]) == ([8], 1)


def test_try_compares_the_policy_of_the_work_tree_with_the_one_that_is_in_force(
    past: Past, tmp_path: Path
) -> None:
    past.add({".upweight/policy.toml": "[rules.missing-sign-off]\nweight = 'off'\n"}, "Ask for no sign-off")
    desk = tmp_path / "desk"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(tmp_path / "t.git"), str(desk)], check=True)
    code, out, _ = run("try", "--repo", str(desk))
    assert (code, out.splitlines()[0]) == (0, "The two policies differ on none.")
    write(desk, ".upweight/policy.toml", "[rules.too-few-seeds]\nat_least = 7\n")
    _, data, _ = answer("try", "--repo", str(desk))
    told = {row["pull"]: row["newly"] for row in data["contributions"]}
    assert (told[7], told[8]) == (["too-few-seeds"], ["missing-sign-off"])
    write(desk, ".upweight/policy.toml", "[rules.too-few-seeds]\nat_leest = 7\n")
    code, _, error = answer("try", "--repo", str(desk))
    assert (code, error["line"]) == (1, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--policy", "strict", "--against", "main"),
        ("--policy", "strict", "--against", "nowhere..main"),
        ("--policy", "strict", "--against", "main~2..main", "--pulls", "refs/pull/*/head"),
        (),
        ("--policy", "strict", "--repo", "/nonexistent"),
    ],
)
def test_wrong_use_of_try_exits_with_2_and_says_why(
    past: Past, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, _, error = answer("try", "--repo", str(tmp_path / "t.git"), *arguments)
    assert code == 2
    assert error["hint"]


def test_try_knows_the_open_contributions_of_a_home(tmp_path: Path) -> None:
    from service.db.tables import Contribution

    world = World(tmp_path)
    head = Past.commit(world, [str(world.git.references["refs/heads/main"].target)], leaf("cards", 6), SIGNED)  # type: ignore[arg-type]
    with world.house.database.write() as session:
        for number, state in ((1, "needs-review"), (2, "merged")):
            session.add(
                Contribution(
                    repository="t", number=number, topic="x", title="Cards", author_forge="plain", author_id="ada",
                    state=state, head=head, opened=1.0, updated=1.0,
                )
            )  # fmt: skip
    home = str(world.house.home)
    code, data, _ = answer("try", "--home", home, "--policy", "strict")
    assert (code, [(row["pull"], row["newly"]) for row in data["contributions"]]) == (
        0,
        [(1, ["too-few-seeds"])],
    )
    assert answer("try", "--home", str(tmp_path / "nowhere"), "--policy", "strict")[0] == 5
    here = tmp_path / "here"
    write(here, ".upweight/policy.toml", "[rules.too-few-seeds]\nat_least = 8\n")
    (here / "knowledge").mkdir()
    told = answer("try", "--home", home, "--repo", str(here))[2]["message"]
    assert "There is no .upweight/policy.toml" in told
    subprocess.run(["git", "init", "-q", str(here)], check=True)
    code, data, _ = answer("try", "--home", home, "--repo", str(here / "knowledge"))
    assert (code, [row["newly"] for row in data["contributions"]]) == (0, [["too-few-seeds"]])
