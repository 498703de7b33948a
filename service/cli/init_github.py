"""``upweight init github``: make a GitHub App with the rights that Upweight needs, and keep its keys."""

from __future__ import annotations

import errno
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.answer import AT_HOME, CONFIGURATION, FOUND, USAGE, fail, give
from service.cli.home import Home, Json

if TYPE_CHECKING:
    from service.setup.callback import Waiting
    from service.setup.manifest import App, Site

MINUTES = 50.0  # GitHub's code lasts an hour


def register(group: typer.Typer) -> None:
    """Add ``github`` to ``init``."""
    group.command("github")(github)


def github(
    host: Annotated[str, typer.Option(help="github.com, or your own server's name.")] = "github.com",
    org: Annotated[str | None, typer.Option(help="The organization to own the App; none: yourself.")] = None,
    name: Annotated[
        str, typer.Option(help="The App's name, which GitHub lets you change there.")
    ] = "upweight",
    public_url: Annotated[
        str | None,
        typer.Option(help="Where GitHub reaches the service: https://HOST; none: UPWEIGHT_PUBLIC_URL."),
    ] = None,
    port: Annotated[
        int, typer.Option(help="Where the page is served on this machine; 0 takes a free one.")
    ] = 0,
    minutes: Annotated[float, typer.Option(help="How long to wait for you.")] = MINUTES,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser here.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Put a new App in the place of the stored one.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Serve a page on this machine that makes the App on GitHub, and keep its keys in the home."""
    from service import settings
    from service.setup import callback, manifest, public, stored

    chosen = settings.read(home=home, public_url=public_url)
    file = stored.place(chosen.home, "github")
    try:
        door = public.door(chosen.public_url, "github")
        site, before = manifest.site(host), stored.load(file)
        form = manifest.form(site.pages, org)
        manifest.manifest(name, chosen.url, door, "")
        told = chosen.forge("github")
        manifest.trust(told.get("authorities", ""))
    except public.NotPublic as problem:
        fail(CONFIGURATION, "no-public-url", str(problem), public.HOW, as_json)
    except ValueError as problem:
        fail(USAGE, "usage", f"{problem}.", "--help tells.", as_json)
    _must_be_free(file, before, again, as_json)
    environment = chosen.forges.get("github", {})
    api = environment["api"].get_secret_value() if "api" in environment else site.api
    server = _server(
        port,
        form,
        lambda back: manifest.manifest(name, chosen.url, door, back),
        lambda code: manifest.convert(api, code, told.get("authorities", "")),
        lambda app: _keep(file, app, site, before),
        as_json,
    )
    _tell_where(server.url, minutes)
    if browser:
        webbrowser.open(server.url)
    app = callback.wait(server, minutes * 60)
    if app is None:
        fail(FOUND, "not-made", f"No App was made within {minutes:g} minutes.", "Begin again.", as_json)
    _tell(app, file, door, as_json)


def _server(
    port: int,
    form: str,
    made: Callable[[str], dict[str, Any]],
    convert: Callable[[str], App],
    finish: Callable[[App], str],
    as_json: bool,
) -> Waiting:
    """The page's server; ends the command where its port is taken."""
    from service.setup.callback import Waiting

    try:
        return Waiting(port, form, made, convert, finish)
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        fail(AT_HOME, "port-in-use", f"Somebody listens on port {port} already.", "Take another.", as_json)


def _must_be_free(file: Path, before: dict[str, str], again: bool, as_json: bool) -> None:
    """End the command where there are keys already, or none can be stored."""
    if before and not again:
        message = (
            f"{file} holds the keys of an App already ({before.get('html_url') or before.get('app_id')})."
        )
        hint = "`upweight doctor` looks whether it is well; --again puts a new one in its place."
        fail(CONFIGURATION, "there-already", message, hint, as_json)
    _writable(file, as_json)


def _writable(file: Path, as_json: bool) -> None:
    """The keys are told once: that they can be stored is tried before they are asked for."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial = file.with_name(".trial")
        trial.touch(mode=0o600)
        trial.unlink()
    except OSError as problem:
        message = f"{file.parent} can't be written: {problem.strerror}."
        fail(CONFIGURATION, "system", message, "Name another --home, or mend its rights.", as_json)


def _keep(file: Path, app: App, site: Site, before: dict[str, str]) -> str:
    """Store the App, with the secret of an older one beside its own. Gives the page that installs it."""
    from service.setup import manifest, stored

    told = manifest.kept(app, site)
    told["webhook_secret"] = stored.rotated(told["webhook_secret"], before.get("webhook_secret", ""))
    stored.keep(file, told)
    return _install(app)


def _install(app: App) -> str:
    return f"{app.html_url}/installations/new"


def _tell_where(url: str, minutes: float) -> None:
    typer.echo(f"Open {url} in a browser on this machine; this waits {minutes:g} minutes.", err=True)
    port = url.rpartition(":")[2]
    typer.echo(
        f"From another machine: ssh -L {port}:127.0.0.1:{port} THIS-MACHINE, then open it there.", err=True
    )
    sys.stderr.flush()


def _tell(app: App, file: Path, door: str, as_json: bool) -> None:
    facts: dict[str, Any] = {
        "app_id": app.id,
        "slug": app.slug,
        "app": app.html_url,
        "install": _install(app),
        "deliveries": door,
        "file": str(file),
    }
    give(facts, as_json, f"The App is {app.html_url}; its keys are in {file}.")
    typer.echo(f"Install it: {_install(app)}", err=True)
    typer.echo("Serve it:   upweight up --forge github --repository OWNER/NAME", err=True)
    typer.echo("Look at it: upweight doctor", err=True)
