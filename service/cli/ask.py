"""``upweight ask``: the same question of one release or several, side by side."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from service.cli.answer import fail, give
from service.cli.show import Home, Json, rows_of


def register(app: typer.Typer) -> None:
    """Add ``ask`` to the command line."""
    app.command("ask")(ask)


def ask(
    question: str,
    release: Annotated[list[str] | None, typer.Option(help="A version; again for more. None: all.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Greedy answers; nothing is sampled."""
    from service.db.tables import Release

    rows = {r.version: r for r in rows_of(home, Release) if r.state in ("published", "announced")}
    chosen = release or list(rows)
    if missing := [v for v in chosen if v not in rows]:
        fail(
            5,
            "not-found",
            f"There is no release {missing[0]}.",
            "`upweight release list` shows them.",
            as_json,
        )
    answers = {version: _answer(Path(rows[version].directory) / "model", question) for version in chosen}
    give(answers, as_json, "\n".join(f"{version}: {answer}" for version, answer in answers.items()))


def _answer(model: Path, question: str) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = {"schema": 1, "kind": "ask", "model": str(model), "questions": [question]}
        (folder / "job.json").write_text(json.dumps(job))
        done = subprocess.run(
            [sys.executable, "-m", "eval_harness", "ask", name], capture_output=True, text=True
        )
        if done.returncode:
            fail(70, "job", (done.stderr.strip().splitlines() or ["the job failed"])[-1], "", False)
        return str(json.loads((folder / "result.json").read_text())["answers"][0])
