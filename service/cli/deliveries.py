"""``upweight deliveries``: what the door kept, how to have one acted on again, and what came at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.answer import NOT_FOUND, USAGE, fail, give, table
from service.cli.home import LATER, Home, Json, Named, opened

if TYPE_CHECKING:
    from service.house import House


def register(app: typer.Typer) -> None:
    """Add ``deliveries`` to the command line."""
    app.command("deliveries")(deliveries)


def deliveries(
    replay: Annotated[str | None, typer.Option(metavar="ID", help="Act on this one again.")] = None,
    state: Annotated[str | None, typer.Option(help="Only those that are kept, done or failed.")] = None,
    event: Annotated[str | None, typer.Option(help="Only those of this event, in the forge's word.")] = None,
    counts: Annotated[
        bool, typer.Option("--counts", help="How many came, by forge, event and what became of them.")
    ] = False,
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Every delivery that the door kept, oldest first; acting on one again changes nothing that is so already."""
    from service.db.deliveries import STATES, listed

    if state is not None and state not in STATES:
        fail(USAGE, "usage", f"{state} is no state of a delivery.", f"One of {', '.join(STATES)}.", as_json)
    house = opened(home, as_json)
    if replay is not None:
        _replay(house, replay, as_json)
        return
    if counts:
        _count(house, as_json)
        return
    with house.database.read() as session:
        data = listed(session, repository=repository, state=state, event=event)
    keys = ("id", "event", "repository", "state", "note")
    give(data, as_json, table(keys, [[d[k] for k in keys] for d in data], "No deliveries yet."))


def _replay(house: House, delivery: str, as_json: bool) -> None:
    from service.lines.intake import again

    if not again(house, delivery):
        hint = "`upweight deliveries` shows them."
        fail(NOT_FOUND, "not-found", f"There is no delivery {delivery}.", hint, as_json)
    give({"id": delivery, "state": "kept"}, as_json, f"{delivery} is acted on again.")
    typer.echo(LATER, err=True)


def _count(house: House, as_json: bool) -> None:
    from service.db.deliveries import counts

    keys = ("forge", "event", "outcome", "times", "last")
    with house.database.read() as session:
        data = [{key: getattr(row, key) for key in keys} for row in counts(session)]
    give(data, as_json, table(keys[:-1], [[d[k] for k in keys[:-1]] for d in data], "Nothing came yet."))
