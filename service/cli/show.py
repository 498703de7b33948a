"""``upweight batch|run list|show``: what a home holds, read from its database; no service is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.answer import fail, give

Home = Annotated[Path | None, typer.Option(help="The service's home.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the groups to the command line."""
    batch = typer.Typer(help="Batches.", no_args_is_help=True)
    batch.command("list")(batches)
    batch.command("show")(batch_show)
    app.add_typer(batch, name="batch")
    run = typer.Typer(help="Runs.", no_args_is_help=True)
    run.command("list")(runs)
    app.add_typer(run, name="run")
    app.command("deliveries")(deliveries)


def rows_of(home: Path | None, table: Any) -> list[Any]:
    """Every row of a table of a home."""
    from sqlmodel import select

    from service import settings
    from service.house import open_house

    house = open_house(settings.read(home=home))
    with house.database.read() as session:
        return list(session.exec(select(table)))


def batches(home: Home = None, as_json: Json = False) -> None:
    """Every batch: its members and where it stands."""
    from service.db.tables import Batch

    data = [
        {"repository": b.repository, "id": b.id, "state": b.state, "members": b.members, "held": b.held}
        for b in rows_of(home, Batch)
    ]
    lines = [
        f"{b['repository']} batch {b['id']}: {b['state']}, members {b['members']}, held {b['held']}"
        for b in data
    ]
    give(data, as_json, "\n".join(lines))


def batch_show(number: int, home: Home = None, as_json: Json = False) -> None:
    """One batch with its gates and its search."""
    from service.db.tables import Batch

    found = [b for b in rows_of(home, Batch) if b.id == number]
    if not found:
        fail(5, "not-found", f"There is no batch {number}.", "`upweight batch list` shows them.", as_json)
    row = found[0]
    reasons = [f"- {r['sentence']}" for gate in row.gates for r in gate["reasons"]]
    give(row.model_dump(mode="json"), as_json, "\n".join([f"Batch {row.id}: {row.state}", *reasons]))


def runs(home: Home = None, as_json: Json = False) -> None:
    """Every run: what it is for, and how long it took."""
    from service.db.tables import Run

    keep = ("id", "batch", "kind", "purpose", "mix", "seed", "state", "directory", "error")
    data = [
        {
            **{k: getattr(r, k) for k in keep},
            "seconds": round((r.ended or 0) - (r.started or 0), 1) if r.ended else None,
        }
        for r in rows_of(home, Run)
    ]
    lines = [
        f"{r['id']} b{r['batch']} {r['kind']} {r['purpose']} {r['mix']} {r['state']} {r['seconds']}"
        for r in data
    ]
    give(data, as_json, "\n".join(lines))


def deliveries(home: Home = None, as_json: Json = False) -> None:
    """Every delivery that the door kept."""
    from service.db.tables import Delivery

    keep = ("id", "forge", "event", "repository", "received", "state", "note")
    data = [{k: getattr(d, k) for k in keep} for d in rows_of(home, Delivery)]
    lines = [f"{d['id']} {d['event']} {d['repository']} {d['state']} {d['note'] or ''}" for d in data]
    give(data, as_json, "\n".join(lines))
