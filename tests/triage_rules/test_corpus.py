"""Every real pull request is judged, and the schema's word is the reference checker's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

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
