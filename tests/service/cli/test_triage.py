"""The commands triage, check and rules: their lines, their exit codes, and that they judge alike."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pygit2
import pytest
import typer
import yaml
from typer.testing import CliRunner

from eval_harness.items import items_of
from service.cli.triage import register
from service.demo.documents import build
from triage_rules.rule import all_rules

FOLDER = "compositional_skills/writing/letters"
GOOD = """version: 3
created_by: ada-brandt
task_description: Advice on letters.
seed_examples:
  - question: How do I greet a new neighbour?
    answer: Say your name and where you live.
  - question: Which closing suits an old friend?
    answer: A warm wish is enough.
  - question: How long should a note be?
    answer: Three sentences do.
  - question: What stands at the top of a formal letter?
    answer: The address and the date.
  - question: When is a reply due?
    answer: Within a week.
"""
ATTRIBUTION = "Title of work: Letters\nLicense of the work: CC-BY-4.0\nCreator names: Ada Brandt\n"
KEYS = [
    "pull", "head", "base", "verdict", "labels", "next", "findings", "not_checked", "files", "policy_hash",
    "rules_version", "milliseconds",
]  # fmt: skip

# What asks for facts that only a service has.
SERVICE_ALONE = {"already-known", "not-the-author", "nothing-generated", "too-many-open", "unfilled-template"}
app = typer.Typer()
register(app)


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada Brandt", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def write(folder: Path, qna: str, attribution: str | None = ATTRIBUTION) -> None:
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    (folder / FOLDER / "qna.yaml").write_text(qna)
    if attribution is not None:
        (folder / FOLDER / "attribution.txt").write_text(attribution)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work tree with an empty taxonomy on main and a branch to work on."""
    git(tmp_path, "init", "-q", "-b", "main", ".")
    (tmp_path / "compositional_skills").mkdir()
    (tmp_path / "compositional_skills" / ".gitignore").write_text("\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Begin")
    git(tmp_path, "switch", "-q", "-c", "letters")
    return tmp_path


def pull(work: Path, number: int) -> str:
    git(work, "add", ".")
    git(work, "commit", "-q", "-s", "-m", "Add letters")
    head = git(work, "rev-parse", "HEAD")
    git(work, "update-ref", f"refs/pull/{number}/head", head)
    return head


def test_triage_prints_a_line_for_each_pull_request(work: Path) -> None:
    write(work, GOOD)
    head = pull(work, 10)
    write(work, GOOD.replace("Three sentences do.", "Three sentences do.  "))
    pull(work, 9)
    code, out, _ = run(
        "triage", "--repo", str(work), "--pulls", "refs/pull/*/head", "--into", "main", "--json"
    )
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [(line["pull"], line["verdict"]) for line in lines] == [(9, "changes-requested"), (10, "passed")]
    assert lines[1]["head"] == head
    assert list(lines[1]) == KEYS
    assert [(f["rule"], f["line"], f["column"]) for f in lines[0]["findings"]] == [("lint", 10, 32)]
    assert {each["rule"] for each in lines[1]["not_checked"]} == SERVICE_ALONE
    assert all(each["why"] for each in lines[1]["not_checked"])


def test_one_range_has_no_number_and_may_be_empty(work: Path) -> None:
    write(work, GOOD)
    head = pull(work, 3)
    code, out, _ = run("triage", "--repo", str(work), "--base", "main", "--head", head, "--json")
    assert (code, json.loads(out)["pull"], json.loads(out)["verdict"]) == (0, None, "passed")
    code, out, _ = run("triage", "--repo", str(work), "--base", head, "--head", head, "--json")
    assert (code, json.loads(out)["next"], json.loads(out)["files"]) == (0, "nothing to judge", [])


def test_the_policy_of_the_base_branch_holds_and_the_contributors_does_not(work: Path) -> None:
    write(work, GOOD.replace("  - question: When is a reply due?\n    answer: Within a week.\n", ""))
    (work / ".upweight").mkdir()
    (work / ".upweight" / "policy.toml").write_text('[rules.too-few-seeds]\nweight = "off"\n')
    head = pull(work, 4)
    _, out, _ = run("triage", "--repo", str(work), "--head", head, "--json")
    assert {"too-few-seeds", "protected-path"} <= {f["rule"] for f in json.loads(out)["findings"]}
    git(work, "branch", "-f", "main", head)
    git(work, "switch", "-q", "-c", "more")
    fewer = (work / FOLDER / "qna.yaml").read_text().rpartition("  - question")[0]
    write(work, fewer)
    again = pull(work, 5)
    _, out, _ = run("triage", "--repo", str(work), "--head", again, "--json")
    assert json.loads(out)["verdict"] == "passed"


@pytest.mark.parametrize(
    "arguments",
    [
        ["triage"],
        ["triage", "--repo", "/nonexistent", "--head", "x"],
        ["triage", "--head", "refs/heads/nowhere"],
        ["triage", "--pulls", "refs/pull/*/head", "--into", "nowhere"],
        ["triage", "--pulls", "refs/nothing/*"],
        ["check", "nowhere"],
    ],
)
def test_wrong_use_exits_with_2_and_says_why(
    work: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err


def test_a_wrong_policy_exits_with_3_at_its_line(work: Path) -> None:
    (work / "p.toml").write_text("[rules.lint]\nconfg = 1\n")
    code, out, _ = run("check", str(work), "--policy", str(work / "p.toml"), "--json")
    assert code == 3
    assert json.loads(out)["error"]["message"].endswith("p.toml:2: `rules.lint.confg` is not known.")
    assert json.loads(out)["error"]["hint"] == "Did you mean `config`?"


def test_check_and_triage_judge_alike(work: Path) -> None:
    write(work, GOOD.replace("created_by: ada-brandt\n", ""))
    code, out, _ = run("check", str(work), "--json")
    before = json.loads(out)["data"]
    head = pull(work, 6)
    _, out, _ = run("triage", "--repo", str(work), "--head", head, "--json")
    line = json.loads(out)
    assert code == 1
    for key in ("verdict", "findings", "files"):
        assert before[key] == line[key]


def test_documents_that_lie_here_are_looked_into_and_nothing_is_fetched(work: Path, tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "lamps.md").write_text(
        "# Lamps\n\nThree *green* lamps burn on the north mole.\n"
    )
    commit = build(tmp_path / "documents", tmp_path / "documents.git")
    folder = work / "knowledge" / "harbour" / "lamps"
    folder.mkdir(parents=True)
    (folder / "qna.yaml").write_text(
        "version: 3\ncreated_by: ada\ndomain: Lamps\ndocument_outline: Lamps.\nseed_examples:\n"
        "  - context: |\n      Two red lamps stand at the end of the south mole.\n    questions_and_answers:\n"
        "      - question: How many lamps are there?\n        answer: There are two.\n"
        f"document:\n  repo: https://example.org/lamps\n  commit: {commit}\n  patterns: [lamps.md]\n"
    )
    head = pull(work, 8)
    given = ("--documents", str(tmp_path / "documents.git"), "--json")
    without = json.loads(run("triage", "--repo", str(work), "--head", head, "--json")[1])
    with_them = json.loads(run("triage", "--repo", str(work), "--head", head, *given)[1])
    checked = json.loads(run("check", str(work), *given)[1])["data"]
    assert "not-in-document" in {each["rule"] for each in without["not_checked"]}
    assert "not-in-document" not in {each["rule"] for each in with_them["not_checked"]}
    assert [f["line"] for f in with_them["findings"] if f["rule"] == "not-in-document"] == [7]
    assert [f["line"] for f in checked["findings"] if f["rule"] == "not-in-document"] == [7]
    assert run("check", str(work), "--documents", str(tmp_path / "documents"))[0] == 2
    for name in ("f" * 40, "no commit at all"):
        (folder / "qna.yaml").write_text((folder / "qna.yaml").read_text().replace(commit, name))
        lacking = json.loads(run("check", str(work), *given)[1])["data"]["not_checked"]
        said = {each["rule"]: each["why"] for each in lacking}
        assert said["not-in-document"] == "the repository that --documents names has no such commit"
        commit = name


def test_check_works_without_git(tmp_path: Path) -> None:
    write(tmp_path, GOOD, attribution=None)
    code, out, _ = run("check", str(tmp_path), "--json")
    assert code == 1
    assert [f["rule"] for f in json.loads(out)["data"]["findings"]] == ["missing-attribution"]


def test_check_of_unchanged_work_has_nothing_to_judge(work: Path) -> None:
    code, out, _ = run("check", str(work))
    assert (code, out.splitlines()[0]) == (0, "passed: nothing to judge")


def test_rules_are_listed_explained_and_written(tmp_path: Path) -> None:
    names = [rule.id for rule in all_rules()]
    assert [line.split()[0] for line in run("rules")[1].splitlines()] == names
    assert "at_least = 5" in run("rules", "too-few-seeds")[1]
    assert run("rules", "too-many-seeds")[0] == 5
    assert [rule["rule"] for rule in json.loads(run("rules", "--json")[1])["data"]] == names
    run("rules", "--docs", str(tmp_path))
    assert {path.stem for path in tmp_path.iterdir()} == {"README", *names}


def test_the_pages_of_the_rules_are_those_of_the_code(tmp_path: Path) -> None:
    run("rules", "--docs", str(tmp_path))
    kept = Path(__file__).parents[3] / "docs" / "rules"
    assert {page.name: page.read_text() for page in kept.iterdir()} == {
        page.name: page.read_text() for page in tmp_path.iterdir()
    }


def test_the_leaf_that_the_docs_show_passes_every_rule(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "leaf.md").read_text()
    pattern = r"^`([^`\n]+/[^`\n]+\.(?:yaml|txt))`[^`]*?\n\n```\w+\n(.*?)```"
    files = re.findall(pattern, page, re.M | re.S)
    assert len(files) == 2
    pygit2.init_repository(str(tmp_path), initial_head="main")
    for name, text in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    code, out, _ = run("check", str(tmp_path))
    assert (code, out.splitlines()[0]) == (0, "passed: A triager may approve it.")
    exam = page.partition("## Its exam")[2]
    asked = [
        item for block in re.findall(r"```yaml\n(.*?)```", exam, re.S)[:2] for item in yaml.safe_load(block)
    ]
    assert len(items_of("compositional_skills/harbour/lamps", asked)) == 3


@pytest.mark.parametrize("command", ["triage", "check"])
def test_nothing_that_a_terminal_obeys_comes_out_of_a_contributors_words(work: Path, command: str) -> None:
    write(work, GOOD)
    (work / FOLDER / "\x1b[31mred.txt").write_text("x\n")
    head = pull(work, 7)
    chosen = ("--repo", str(work), "--head", head) if command == "triage" else (str(work),)
    _, out, err = run(command, *chosen)
    assert "[U+001B][31mred.txt" in out
    assert "\x1b" not in out + err


def test_a_doubt_ends_with_1_unless_doubts_are_allowed_and_a_fault_always_does(work: Path) -> None:
    (work / "doubt.toml").write_text('[rules.lint]\nweight = "doubt"\n')
    write(work, GOOD.replace("Three sentences do.", "Three sentences do.  "))
    head = pull(work, 8)
    for command in (["check", str(work)], ["triage", "--repo", str(work), "--head", head]):
        doubtful = [*command, "--policy", str(work / "doubt.toml")]
        assert [run(*doubtful)[0], run(*doubtful, "--allow-doubts")[0]] == [1, 0]
        assert run(*command, "--allow-doubts")[0] == 1


def test_a_range_without_a_base_is_judged_by_the_policy_of_the_tip(work: Path) -> None:
    write(work, GOOD.replace("Three sentences do.", "Three sentences do.  "))
    head = pull(work, 8)
    git(work, "switch", "-q", "main")
    (work / ".upweight").mkdir()
    (work / ".upweight" / "policy.toml").write_text('[rules.lint]\nweight = "off"\n')
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "Lint is off")
    assert run("triage", "--repo", str(work), "--head", head)[0] == 0
    assert run("triage", "--repo", str(work), "--base", "main~1", "--head", head)[0] == 1
    git(work, "switch", "-q", "letters")
    assert run("check", str(work))[0] == 0


@pytest.mark.parametrize("command", ["triage", "check"])
def test_one_judgement_is_written_in_several_formats(work: Path, command: str) -> None:
    write(work, GOOD.replace("Three sentences do.", "Three sentences do.  "))
    head = pull(work, 8)
    chosen = ["triage", "--repo", str(work), "--head", head] if command == "triage" else ["check", str(work)]
    sarif, quality = work.parent / f"{command}.sarif", work.parent / f"{command}.json"
    code, out, _ = run(
        *chosen, "--format", "github", "--format", f"sarif={sarif}", "--format", f"gitlab={quality}"
    )
    assert code == 1
    assert out.splitlines()[1].startswith(f"::error file={FOLDER}/qna.yaml,line=10,col=32,title=lint (fix)::")
    (result,) = json.loads(sarif.read_text())["runs"][0]["results"]
    (issue,) = json.loads(quality.read_text())
    assert result["ruleId"] == issue["check_name"] == "lint"
    assert result["partialFingerprints"]["upweight/v1"] == issue["fingerprint"]


@pytest.mark.parametrize(
    "arguments",
    [["--format", "html"], ["--format", "text", "--format", "github"], ["--json", "--format", "github"],
     ["--rules-url", "javascript:x"], ["--into", "nowhere"], ["--staged", "--all"],
     ["--format", "sarif=/nowhere/of/all/x"], ["--format", "sarif=/"]],
)  # fmt: skip
def test_what_check_can_not_do_exits_with_2_and_a_remedy(work: Path, arguments: list[str]) -> None:
    code, out, err = run("check", str(work), *arguments)
    assert code == 2
    if "--json" in arguments:
        assert json.loads(out)["error"]["hint"]
    else:
        assert (out, len(err.splitlines())) == ("", 1)


def test_check_says_with_what_it_compared_where_nothing_differs(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    assert run("check", "compositional_skills")[2].startswith(
        "Nothing below compositional_skills differs from `main`"
    )
    _, out, err = run("check")
    assert out == "passed: nothing to judge\n"
    assert re.fullmatch(r"Nothing differs from `main` where the work began, [0-9a-f]{10}\.\n", err)
    assert run("check", str(work), "--json")[2] == ""


def test_check_looks_at_one_folder_of_the_work_and_at_a_leaf_that_is_gone(work: Path) -> None:
    write(work, GOOD)
    (work / "knowledge" / "draft").mkdir(parents=True)
    (work / "knowledge" / "draft" / "qna.yaml").write_text("version: 3\n")
    assert run("check", str(work))[0] == 1
    code, out, _ = run("check", str(work / FOLDER))
    said = [
        line
        for line in out.splitlines()
        if not any(f"not checked: {name}," in line for name in SERVICE_ALONE)
    ]
    assert (code, said) == (
        0,
        [
            "passed: A triager may approve it.",
            "  not checked: missing-sign-off, because what is judged here is not committed yet",
        ],
    )
    pull(work, 1)
    git(work, "branch", "-f", "main")
    (work / FOLDER / "qna.yaml").unlink()
    (work / FOLDER / "attribution.txt").unlink()
    _, out, _ = run("check", str(work), "--json")
    assert [(file["path"], file["status"]) for file in json.loads(out)["data"]["files"]] == [
        (f"{FOLDER}/attribution.txt", "deleted"), (f"{FOLDER}/qna.yaml", "deleted"),
    ]  # fmt: skip


def made(work: Path, entries: bytes) -> str:
    """A tree of Git with these entries, whatever their names."""
    done = subprocess.run(["git", "mktree", "-z"], cwd=work, check=True, capture_output=True, input=entries)
    return done.stdout.decode().strip()


def test_a_path_that_is_no_utf_8_stops_no_batch(work: Path) -> None:
    blob = git(work, "hash-object", "-w", "--stdin").encode()
    folder = made(work, b"100644 blob " + blob + b"\tqna\xff.yaml\0")
    tree = made(work, b"040000 tree " + folder.encode() + b"\tknowledge\0")
    head = git(work, "commit-tree", tree, "-p", "main", "-m", "Odd")
    _, out, _ = run("triage", "--repo", str(work), "--head", head, "--json")
    (line,) = [json.loads(each.encode("utf-8")) for each in out.splitlines()]
    assert "knowledge/qna?.yaml" in [file["path"] for file in line["files"]]


def test_a_sign_off_that_nobody_asks_for_is_not_missed(work: Path) -> None:
    write(work, GOOD)
    (work / "p.toml").write_text('[rules.missing-sign-off]\nweight = "off"\n')
    told = [
        run("check", str(work / FOLDER), *more, "--json")[1]
        for more in ([], ["--policy", str(work / "p.toml")])
    ]
    missed = [
        {each["rule"] for each in json.loads(out)["data"]["not_checked"]} - SERVICE_ALONE for out in told
    ]
    assert missed == [{"missing-sign-off"}, set()]


def test_a_section_that_nobody_knows_is_refused_by_check_as_by_the_service(work: Path) -> None:
    (work / "p.toml").write_text("[rule.lint]\nweight = 'off'\n")
    code, out, _ = run("check", str(work), "--policy", str(work / "p.toml"), "--json")
    error = json.loads(out)["error"]
    assert (code, error["hint"]) == (3, "Did you mean `rules`?")
    assert error["message"].endswith("p.toml:1: `rule` is not known.")


@pytest.mark.slow
def test_what_is_logged_on_the_way_is_no_data(work: Path) -> None:
    write(work, GOOD)
    pull(work, 9)
    words = [sys.executable, "-m", "service", "triage", "--repo", str(work), "--json"]
    first = subprocess.run(words, check=False, capture_output=True, text=True)
    with closing(sqlite3.connect(work / ".git" / "upweight" / "seeds.db")) as index, index:
        index.execute("UPDATE meta SET value = 'older' WHERE key = 'made_by'")
    again = subprocess.run(words, check=False, capture_output=True, text=True)
    assert (first.returncode, again.returncode) == (0, 0)
    assert [json.loads(line)["pull"] for line in again.stdout.splitlines()] == [9]
