"""``upweight db``: bring the tables up to date, and check that the record is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from service.cli.answer import CONFIGURATION, FOUND, NOT_FOUND, fail, give
from service.cli.home import Home, Json

if TYPE_CHECKING:
    from service.db.engine import Database


def register(app: typer.Typer) -> None:
    """Hang the commands into the command line."""
    group = typer.Typer(help="The database.", no_args_is_help=True)
    group.command("upgrade")(upgrade)
    group.command("verify")(verify)
    group.command("rebuild")(rebuild)
    app.add_typer(group, name="db")


def upgrade(home: Home = None, as_json: Json = False) -> None:
    """Bring the tables to this version; doing so twice changes nothing."""
    from alembic.util import CommandError

    database = _database(home, as_json, make=True)
    try:
        database.upgrade()
    except CommandError as problem:
        message = f"The tables were made by a newer version of Upweight: {problem}."
        fail(CONFIGURATION, "version", message, "Install that version, or a newer one.", as_json)
    give({"revision": database.revision()}, as_json, f"The tables stand at {database.revision()}.")


def verify(home: Home = None, as_json: Json = False) -> None:
    """Check every chain of events and every kept text; exit 1 where one is broken."""
    from service.record.chain import altered, broken, streams, tip

    database = _database(home, as_json, make=False)
    if database.revision() is None:
        hint = "Run `upweight db upgrade`."
        fail(CONFIGURATION, "configuration", "The database has no tables yet.", hint, as_json)
    with database.read() as session:
        found = [(name, tip(session, name), broken(session, name)) for name in streams(session)]
        texts = altered(session)
    faults = [fault for _, _, fault in found if fault] + [f"The text {name} was altered." for name in texts]
    if faults:
        hint = "Restore a backup, and compare it with this database."
        fail(FOUND, "broken", " ".join(faults), hint, as_json)
    told = [{"stream": n, "events": t.sequence, "hash": t.hash} for n, t, _ in found if t is not None]
    lines = [f"{each['stream']}: {each['events']} events, whole, {each['hash']}" for each in told]
    give({"streams": told}, as_json, "\n".join(lines) or "No events yet.")


def rebuild(home: Home = None, as_json: Json = False) -> None:
    """Make the tables again from Git: not possible in this version."""
    message = "This version does not export events to Git yet, so there is nothing to rebuild from."
    fail(
        CONFIGURATION, "configuration", message, "Restore a backup; `upweight db verify` checks it.", as_json
    )


def _database(home: Path | None, as_json: bool, make: bool) -> Database:
    from service.db.engine import Database, store_url
    from service.settings import read, store_file

    settings = read(home=home)
    if not settings.database_url:
        file = store_file(settings.home)
        if not file.exists() and not make:
            hint = "Name its folder by --home."
            fail(NOT_FOUND, "not-found", f"There is no database at {file}.", hint, as_json)
        file.parent.mkdir(parents=True, exist_ok=True)
    return Database(store_url(settings))
