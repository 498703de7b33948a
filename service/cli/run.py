"""``upweight run``: every run of a home, one of them, and how to cancel it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from service.cli.answer import NOT_FOUND, fail, give, table, visible
from service.cli.home import Home, Json, Named, carry_out, opened, rows_of, the_one


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Runs.", no_args_is_help=True)
    group.command("list")(listed)
    group.command("show")(show)
    group.command("logs")(logs)
    group.command("cancel")(cancel)
    app.add_typer(group, name="run")


def listed(repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """Every run: what it is for, and how long it took."""
    from service.db.tables import Run

    data = [_told(r) for r in rows_of(opened(home, as_json), Run, repository)]
    keys = ("id", "repository", "batch", "kind", "purpose", "mix", "state", "seconds")
    give(data, as_json, table(keys, [[r[k] for k in keys] for r in data], "No runs yet."))


def show(run_id: int, home: Home = None, as_json: Json = False) -> None:
    """One run: how far it is, and what its log says last."""
    from service.lines.run import last_words

    row = _one(opened(home, as_json), run_id, as_json)
    data = {
        **_told(row),
        "progress": row.progress,
        "attempts": row.attempts,
        "log": last_words(Path(row.directory)),
    }
    step = (
        f"step {row.progress.get('step')} of {row.progress.get('of')}"
        if row.progress.get("of")
        else "no steps"
    )
    lines = [
        f"Run {row.id} of {row.repository} batch {row.batch}: {row.kind} for {row.purpose}, {row.state}",
        f"mix {', '.join(map(str, row.mix)) or '-'}, seed {row.seed}, {_took(data['seconds'])}, {step}",
        f"job {row.directory}",
        f"log {data['log']}",
        *([f"error {row.error}"] if row.error else []),
    ]
    give(data, as_json, "\n".join(lines))


def logs(run_id: int, home: Home = None, as_json: Json = False) -> None:
    """What a run's job has said so far, a line each; with --json an object a line."""
    from service.lines.run import said

    row = _one(opened(home, as_json), run_id, as_json)
    file = Path(row.directory) / "log.txt"
    if not file.is_file():
        hint = "It may not have begun; `upweight run show` tells."
        fail(NOT_FOUND, "not-found", f"Run {row.id} has no log yet.", hint, as_json)
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not said(line):
                continue
            text = line.rstrip("\n")
            typer.echo(
                json.dumps({"run": row.id, "line": number, "text": text}) if as_json else visible(text)
            )


def cancel(run_id: int, home: Home = None, as_json: Json = False) -> None:
    """Cancel what is queued or running; its batch stops, until `upweight batch retry` or `give-up`."""
    house = opened(home, as_json)
    row = _one(house, run_id, as_json)
    carry_out(house, row.repository, "cancel", {"run": row.id}, as_json, run=row.id)


def _told(row: Any) -> dict[str, Any]:
    keep = ("id", "repository", "batch", "kind", "purpose", "mix", "seed", "state", "directory", "error")
    took = round(row.ended - (row.started or row.ended), 1) if row.ended else None
    return {**{k: getattr(row, k) for k in keep}, "seconds": took}


def _took(seconds: float | None) -> str:
    return "not ended yet" if seconds is None else f"{seconds} seconds"


def _one(house: Any, run_id: int, as_json: bool) -> Any:
    from service.db.tables import Run

    found = [r for r in rows_of(house, Run) if r.id == run_id]
    return the_one(found, f"run {run_id}", "run list", as_json)
