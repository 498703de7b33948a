"""``upweight init``: set up what Upweight listens to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli import init_github, init_gitlab
from service.cli.answer import USAGE, fail, give
from service.cli.home import Home, Json
from service.cli.link import listens


def register(app: typer.Typer) -> None:
    """Add ``init`` to the command line."""
    group = typer.Typer(help="Set up a forge.", no_args_is_help=True)
    group.command("plain")(plain)
    init_github.register(group)
    init_gitlab.register(group)
    app.add_typer(group, name="init")


def plain(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The bare repository, made where it is missing.")
    ],
    url: Annotated[
        str | None,
        typer.Option(
            help="Where the service listens; none: where the home's service did last, else by the settings."
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a bare Git repository a forge, or mend one: settings, hooks, secret."""
    from service import settings
    from webhooks.plain.setup import init

    if (folder.exists() and not folder.is_dir()) or (folder / ".git").exists():
        hint = "Name a folder that is not there yet, or a bare repository."
        fail(USAGE, "usage", f"{folder} is no bare repository.", hint, as_json)
    chosen = settings.read(home=home)
    rings = url or listens(chosen.home) or chosen.url
    made = init(folder, rings, settings.plain_secret(chosen.home))
    give({"path": str(made), "url": rings, "home": str(chosen.home)}, as_json, str(made))
    typer.echo(f"Serve it:   upweight up --home {chosen.home} --repository {made}", err=True)
    if not any((made / "refs" / "heads").rglob("*")) and not (made / "packed-refs").is_file():
        typer.echo("Begin:      git push origin HEAD:main   (it is empty yet; you own it)", err=True)
    typer.echo("Contribute: git push origin HEAD:refs/for/main -o topic=NAME", err=True)
