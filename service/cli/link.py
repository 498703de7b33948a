"""``upweight link``: another one-time link to sign in at the service that runs on a home."""

from __future__ import annotations

from pathlib import Path

import typer

from service.cli.answer import NOT_FOUND, fail, give
from service.cli.home import Home, Json, opened

ADDRESS = "address"  # file of a home: where its service listens, written when it starts


def register(app: typer.Typer) -> None:
    """Add ``link`` to the command line."""
    app.command("link")(link)


def remember(home: Path, url: str) -> None:
    """Note where the service of this home listens, for whoever asks for a link later."""
    draft = home / f".{ADDRESS}.new"
    draft.write_text(f"{url}\n")
    draft.replace(home / ADDRESS)


def listens(home: Path) -> str:
    """Where the service of this home listens, or did when it ran last; empty where none ever did."""
    file = home / ADDRESS
    return file.read_text().strip() if file.is_file() else ""


def link(home: Home = None, as_json: Json = False) -> None:
    """Print a fresh link that signs the owner in once, within a quarter of an hour."""
    from service.house import AtHome
    from service.web.people import OWNER
    from service.web.signin import new_link

    house = opened(home, as_json)
    address = house.home / ADDRESS
    try:
        house.lock().close()
        runs = False
    except AtHome:
        runs = address.is_file()
    if not runs:
        hint = f"Start it; it prints a link: upweight up --home {house.home}"
        fail(NOT_FOUND, "not-found", f"No service runs on {house.home}.", hint, as_json)
    url = address.read_text().strip()
    with house.database.write() as session:
        found = url + new_link(session, OWNER, "admin")
    give({"url": url, "link": found}, as_json, found)
