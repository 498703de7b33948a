"""The home that a command speaks of: opened where it is there, never made by looking; rows by repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.answer import CONFIGURATION, FOUND, NOT_FOUND, USAGE, fail, give

if TYPE_CHECKING:
    from service.db.tables import Repository
    from service.house import House

Home = Annotated[
    Path | None, typer.Option("--home", help="The service's home; none: UPWEIGHT_HOME, else ~/.upweight.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Named = Annotated[str | None, typer.Option("--repository", help="Which repository, where there are several.")]

LATER = "It happens within seconds where the service runs, else as soon as it does (`upweight up`)."


def opened(home: Path | None, as_json: bool) -> House:
    """The house of a home that is there; ends the command with the reason where there is none."""
    from alembic.util import CommandError
    from sqlalchemy.exc import DatabaseError

    from service import settings
    from service.house import open_house

    chosen = settings.read(home=home)
    file = settings.store_file(chosen.home)
    if chosen.database_url is None and not file.is_file():
        hint = "Name its folder by --home, or start a service there: `upweight up --home DIR`."
        fail(NOT_FOUND, "not-found", f"There is no service's home at {chosen.home}.", hint, as_json)
    place = chosen.database_url or str(file)
    try:
        return open_house(chosen)
    except CommandError as problem:
        message = f"{place} was made by a newer version of Upweight: {problem}."
        fail(CONFIGURATION, "version", message, "Install that version, or a newer one.", as_json)
    except DatabaseError as problem:
        message = f"{place} can't be read as a database: {problem.orig}."
        fail(CONFIGURATION, "database", message, "`upweight doctor` looks; else restore a backup.", as_json)


def rows_of(house: House, table: Any, repository: str | None = None) -> list[Any]:
    """Every row of a table, of one repository where it is named."""
    from sqlmodel import select

    query = select(table)
    if repository is not None:
        query = query.where(table.repository == repository)
    with house.database.read() as session:
        return list(session.exec(query))


def the_one(found: list[Any], what: str, command: str, as_json: bool) -> Any:
    """The one row that was meant; ends the command where there is none, or one in several repositories."""
    if not found:
        fail(NOT_FOUND, "not-found", f"There is no {what}.", f"`upweight {command}` shows them.", as_json)
    if len(found) > 1:
        names = ", ".join(sorted(row.repository for row in found))
        fail(
            USAGE,
            "usage",
            f"Several repositories have a {what}: {names}.",
            "Name one: --repository.",
            as_json,
        )
    return found[0]


def the_repository(house: House, name: str | None, as_json: bool) -> Repository:
    """The repository that was named, or the only one."""
    from sqlmodel import select

    from service.db.tables import Repository

    with house.database.read() as session:
        rows = list(session.exec(select(Repository).order_by(Repository.id)))
    known = ", ".join(row.id for row in rows) or "none"
    chosen = [row for row in rows if name in (None, row.id)]
    if not chosen:
        hint = f"Served are: {known}."
        fail(NOT_FOUND, "not-found", f"There is no repository {name or 'yet'}.", hint, as_json)
    if len(chosen) > 1:
        fail(USAGE, "usage", f"There are several repositories: {known}.", "Name one: --repository.", as_json)
    return chosen[0]


def carry_out(
    house: House, repository: str, command: str, asked: dict[str, Any], as_json: bool, **data: Any
) -> None:
    """Give a command in the owner's name, as a button would; the answer is the command's."""
    from service.serve import act
    from service.web.people import OWNER
    from service.web.signin import Person

    answer = act(house, command, {**asked, "repository": repository}, Person(id=OWNER, role="admin"))
    if not answer.ok:
        fail(FOUND, "refused", answer.sentence, "", as_json)
    give({"repository": repository, "sentence": answer.sentence, **data}, as_json, answer.sentence)
    typer.echo(LATER, err=True)
