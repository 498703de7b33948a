"""Every real pull request is judged, and the schema's word is the reference checker's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.triage_rules.test_mending import alike
from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.lifting import lift
from triage_rules.mending import mend
from triage_rules.policy import Policy
from triage_rules.schemas import valid
from triage_rules.taxonomy import is_leaf_yaml, read

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
BUNDLE = CORPUS / "taxonomy-pulls.bundle"
pytestmark = [
    pytest.mark.skipif(
        not BUNDLE.exists(), reason="the corpus of real pull requests does not lie beside the checkout"
    ),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, object]]:
    """The judgement of every pull request of the corpus, by number."""
    import typer

    from service.cli.triage import register

    mirror = tmp_path_factory.mktemp("corpus") / "taxonomy.git"
    subprocess.run(["git", "clone", "-q", "--mirror", str(BUNDLE), str(mirror)], check=True, timeout=60)
    app = typer.Typer()
    register(app)
    command = ["triage", "--repo", str(mirror), "--pulls", "refs/pull/*/head", "--into", "main", "--json"]
    done = CliRunner().invoke(app, [*command, "--policy", "instructlab-2024"])
    assert done.exit_code == 1, done.exception
    return {line["pull"]: line for line in map(json.loads, done.stdout.splitlines())}


def test_every_pull_request_gets_a_verdict(lines: dict[int, dict[str, object]]) -> None:
    assert len(lines) == 656
    assert {line["verdict"] for line in lines.values()} <= {
        "passed",
        "needs-human",
        "changes-requested",
        "rejected",
    }
    assert all(line["files"] or line["next"] == "nothing to judge" for line in lines.values())


def test_the_schema_agrees_with_the_reference_checker(lines: dict[int, dict[str, object]]) -> None:
    reference = [json.loads(line) for line in (CORPUS / "reference-verdicts.jsonl").read_text().splitlines()]
    ours = {(n, f["path"]): f["schema_ok"] for n, line in lines.items() for f in line["files"]}  # type: ignore[attr-defined]
    differ = [
        (r["pull"], r["path"]) for r in reference if ours.get((r["pull"], r["path"])) is not r["accepted"]
    ]
    assert len(differ) <= len(reference) * 0.005, differ


def test_what_humans_sent_back_is_mostly_caught(lines: dict[int, dict[str, object]]) -> None:
    rows = [json.loads(line) for line in (CORPUS / "reference-triage.jsonl").read_text().splitlines()]
    rows = [row for row in rows if row["changes_qna_yaml"] and not row.get("inferred_reason")]
    asked = [row["number"] for row in rows if row["verdict"] in ("changes_requested", "rejected")]
    caught = [number for number in asked if lines[number]["verdict"] != "passed"]
    assert len(caught) >= 0.85 * len(asked)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """Every file of a leaf that a pull request of the corpus adds or changes, each text once."""
    from service.git.read import commit_at, contribution, merge_base, open_repository

    mirror = tmp_path_factory.mktemp("files") / "taxonomy.git"
    subprocess.run(["git", "clone", "-q", "--mirror", str(BUNDLE), str(mirror)], check=True, timeout=60)
    repository, found = open_repository(mirror), dict[bytes, str]()
    tip = commit_at(repository, "main")
    for ref in repository.references:
        if ref.startswith("refs/pull/"):
            head = commit_at(repository, ref)
            base = merge_base(repository, tip, head) or tip
            for file in contribution(repository, str(base.id), str(head.id)).files:
                if file.after is not None and is_leaf_yaml(file.path):
                    found.setdefault(file.after, file.path)
    return [(path, data) for data, path in found.items()]


def test_a_fix_changes_no_word_and_what_stopped_at_a_habit_can_be_read(
    files: list[tuple[str, bytes]],
) -> None:
    opened = shut = 0
    for path, data in files:
        mended = mend(Contribution("", "", (ChangedFile(path, "added", after=data),)), Policy.default())
        after = mended[0].after if mended else data
        old, new = read(path, data).root, read(mended[0].new_path if mended else path, after).root
        opened += old is None and new is not None
        shut += old is None and new is None
        if old is not None:
            assert new is not None, path
            assert alike(old.value, new.value, exact=False), path
        if mended:
            again = mend(Contribution("", "", (ChangedFile(path, "added", after=after),)), Policy.default())
            assert [each for each in again if each.after != each.before] == [], path
    assert opened > 2 * shut


def test_knowledge_that_was_valid_in_its_own_version_is_valid_when_lifted(
    files: list[tuple[str, bytes]],
) -> None:
    lifted = 0
    for path, data in files:
        reading = read(path, data)
        if reading.root is None or reading.schema != "knowledge" or (reading.version or 3) >= 3:
            continue
        if valid(reading.root, reading.version or 0, "knowledge") and not reading.troubles:
            found = lift(path, data)
            assert found.data is not None, (path, found.why)
            root = read(path, found.data).root
            assert root is not None
            assert valid(root, 3, "knowledge"), path
            lifted += 1
    assert lifted > 50
