"""``upweight deliveries``: what the door kept, and how to have one acted on again."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.answer import NOT_FOUND, fail, give, table
from service.cli.home import LATER, Home, Json, Named, opened, rows_of


def register(app: typer.Typer) -> None:
    """Add ``deliveries`` to the command line."""
    app.command("deliveries")(deliveries)


def deliveries(
    replay: Annotated[str | None, typer.Option(metavar="ID", help="Act on this one again.")] = None,
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Every delivery that the door kept, oldest first; acting on one again changes nothing that is so already."""
    from service.db.tables import Delivery
    from service.lines.intake import again

    house = opened(home, as_json)
    if replay is not None:
        if not again(house, replay):
            hint = "`upweight deliveries` shows them."
            fail(NOT_FOUND, "not-found", f"There is no delivery {replay}.", hint, as_json)
        give({"id": replay, "state": "kept"}, as_json, f"{replay} is acted on again.")
        typer.echo(LATER, err=True)
        return
    keep = ("id", "forge", "event", "repository", "received", "state", "note")
    rows = sorted(rows_of(house, Delivery, repository), key=lambda row: (row.received, row.id))
    data = [{k: getattr(d, k) for k in keep} for d in rows]
    keys = ("id", "event", "repository", "state", "note")
    give(data, as_json, table(keys, [[d[k] for k in keys] for d in data], "No deliveries yet."))
