"""``upweight ask``: the same question of one release or several, side by side."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from service.cli.answer import FAULT, NOT_FOUND, fail, give, last_line
from service.cli.home import Home, Json, Named, opened, rows_of, the_repository


def register(app: typer.Typer) -> None:
    """Add ``ask`` to the command line."""
    app.command("ask")(ask)


def ask(
    question: str,
    release: Annotated[list[str] | None, typer.Option(help="A version; again for more; none: all.")] = None,
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Ask one release or several the same question, and print their answers side by side; nothing is sampled."""
    from service.db.releases import PUBLIC
    from service.db.tables import Release

    house = opened(home, as_json)
    of = the_repository(house, repository, as_json).id
    rows = {r.version: r for r in rows_of(house, Release, of) if r.state in PUBLIC}
    chosen = release or list(rows)
    hint = "`upweight release list` shows them."
    if missing := [v for v in chosen if v not in rows]:
        fail(NOT_FOUND, "not-found", f"There is no release {missing[0]}.", hint, as_json)
    if not chosen:
        fail(NOT_FOUND, "not-found", f"{of} has no release yet.", hint, as_json)
    answers = {
        version: _answer(Path(rows[version].directory) / "model", question, as_json) for version in chosen
    }
    give(answers, as_json, "\n".join(f"{version}: {answer}" for version, answer in answers.items()))


def _answer(model: Path, question: str, as_json: bool) -> str:
    if not model.is_dir():
        fail(NOT_FOUND, "not-found", f"{model} is gone.", "Restore the release's folder.", as_json)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = {"schema": 1, "kind": "ask", "model": str(model), "questions": [question]}
        (folder / "job.json").write_text(json.dumps(job))
        done = subprocess.run(
            [sys.executable, "-m", "eval_harness", "ask", name], capture_output=True, text=True
        )
        if done.returncode:
            said = last_line(done.stderr, "the job failed")
            fail(FAULT, "job", said, "`upweight doctor` looks.", as_json)
        return str(json.loads((folder / "result.json").read_text())["answers"][0])
