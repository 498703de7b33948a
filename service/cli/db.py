"""``upweight db``: bring the tables up to date, and check that the record is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from service.db.engine import Database

Home = Annotated[Path | None, typer.Option("--home", help="The folder of the service.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def register(app: typer.Typer) -> None:
    """Hang the commands into the command line."""
    group = typer.Typer(help="The database.", no_args_is_help=True)
    group.command("upgrade")(upgrade)
    group.command("verify")(verify)
    group.command("rebuild")(rebuild)
    app.add_typer(group, name="db")


def upgrade(home: Home = None, as_json: Json = False) -> None:
    """Bring the tables to this version; doing so twice changes nothing."""
    database = _database(home, as_json, make=True)
    database.upgrade()
    _fine(as_json, {"revision": database.revision()}, f"The tables stand at {database.revision()}.")


def verify(home: Home = None, as_json: Json = False) -> None:
    """Check every chain of events and every kept text; exit 1 where one is broken."""
    from service.record.chain import altered, broken, streams, tip

    database = _database(home, as_json, make=False)
    if database.revision() is None:
        _wrong(as_json, 3, "configuration", "The database has no tables yet.", "Run `upweight db upgrade`.")
    with database.read() as session:
        found = [(name, tip(session, name), broken(session, name)) for name in streams(session)]
        texts = altered(session)
    faults = [fault for _, _, fault in found if fault] + [f"The text {name} was altered." for name in texts]
    if faults:
        _wrong(as_json, 1, "broken", " ".join(faults), "Restore a backup, and compare it with this database.")
    told = [{"stream": n, "events": t.sequence, "hash": t.hash} for n, t, _ in found if t is not None]
    lines = [f"{each['stream']}: {each['events']} events, whole, {each['hash']}" for each in told]
    _fine(as_json, {"streams": told}, "\n".join(lines) or "No events yet.")


def rebuild(as_json: Json = False) -> None:
    """Make the tables again from Git: not possible in this version."""
    message = "This version does not export events to Git yet, so there is nothing to rebuild from."
    _wrong(as_json, 3, "configuration", message, "Restore a backup; `upweight db verify` checks it.")


def _database(home: Path | None, as_json: bool, make: bool) -> Database:
    from service.db.engine import Database, sqlite_url
    from service.settings import SettingsError, read

    try:
        settings = read(home=home)
    except SettingsError as error:
        _wrong(as_json, 3, "configuration", str(error), "Mend the variable.")
    if settings.database_url:
        return Database(settings.database_url)
    file = settings.home / "upweight.db"
    if not file.exists() and not make:
        _wrong(as_json, 5, "not-found", f"There is no database at {file}.", "Name its folder by --home.")
    file.parent.mkdir(parents=True, exist_ok=True)
    return Database(sqlite_url(file))


def _fine(as_json: bool, data: dict[str, object], text: str) -> None:
    typer.echo(json.dumps({"ok": True, "data": data, "error": None}) if as_json else text)


def _wrong(as_json: bool, code: int, name: str, message: str, hint: str) -> NoReturn:
    if as_json:
        error = {"code": name, "message": message, "hint": hint}
        typer.echo(json.dumps({"ok": False, "data": None, "error": error}))
    else:
        typer.echo(f"{message} {hint}", err=True)
    raise typer.Exit(code)
