"""``upweight init gitlab``: make or mend the hooks of projects, each with a secret of its own."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.answer import CONFIGURATION, FOUND, USAGE, fail, give
from service.cli.home import Home, Json

if TYPE_CHECKING:
    from service.settings import Settings
    from service.setup.gitlab_hook import Site


def register(group: typer.Typer) -> None:
    """Add ``gitlab`` to ``init``."""
    group.command("gitlab")(gitlab)


def gitlab(
    project: Annotated[list[str], typer.Option(help="GROUP/NAME, as in its address; again for more.")],
    url: Annotated[
        str | None, typer.Option(help="Where it is; none: UPWEIGHT_GITLAB_URL, else https://gitlab.com.")
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(help="Where GitLab reaches the service: https://HOST; none: UPWEIGHT_PUBLIC_URL."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="New secrets; name every project, those before stay good.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Let a project's hook deliver here. The token is UPWEIGHT_GITLAB_TOKEN, or asked for; twice changes nothing."""
    from service import settings
    from service.setup import gitlab_hook, public, stored

    chosen = settings.read(home=home, public_url=public_url)
    file = stored.place(chosen.home, "gitlab")
    try:
        door = public.door(chosen.public_url, "gitlab")
        before = stored.load(file)
        site = _site(chosen, url, before, as_json)
        numbers: dict[str, str] = {}
        for name in [gitlab_hook.checked(each) for each in project]:
            numbers[name] = str(int(gitlab_hook.project(site, name)["id"]))
            if lacks := gitlab_hook.rights(site, name).lacks():
                raise gitlab_hook.Lacking(lacks, f"Make another in {name}: Settings, Access tokens.")
        did = _register(chosen, site, numbers, door, again)
    except public.NotPublic as problem:
        fail(CONFIGURATION, "no-public-url", str(problem), public.HOW, as_json)
    except gitlab_hook.Lacking as problem:
        fail(FOUND, "refused", str(problem), problem.hint, as_json)
    except ValueError as problem:
        fail(USAGE, "usage", f"{problem}.", "--help tells.", as_json)
    said = "\n".join(f"{name}: {_WORDS[how]}" for name, how in did.items())
    facts = {"projects": did, "deliveries": door, "file": str(file), "url": site.url}
    give(facts, as_json, said)
    if before.get("webhook_secret") and "webhook_secret" not in stored.load(file):
        typer.echo("The secret that all projects shared is good no more; name each of the others.", err=True)
    for name in project:
        typer.echo(f"Serve it:   upweight up --forge gitlab --repository {name}", err=True)
    typer.echo("Look at it: upweight doctor", err=True)


_WORDS = {
    "made": "the hook is made.",
    "mended": "the hook is mended.",
    "same": "the hook is as it should be.",
}


def _site(chosen: Settings, url: str | None, before: dict[str, str], as_json: bool) -> Site:
    """Which GitLab, and by which token; one that is typed is not shown."""
    from service.setup.gitlab_hook import Site
    from service.setup.manifest import trust

    told = chosen.forge("gitlab")
    api = told.get("api", "").rstrip("/").removesuffix("/api/v4")
    where = (url or api or told.get("url") or "https://gitlab.com").rstrip("/")
    if not where.startswith(("https://", "http://")) or "@" in where:
        raise ValueError(f"{where[:80]!r} is no address; write https://HOST")
    if before.get("url", where) != where:
        message = f"Another GitLab is stored already ({before['url']})."
        fail(CONFIGURATION, "there-already", message, "Use another --home for this one.", as_json)
    token = told.get("token", "").strip()
    if not token and sys.stdin.isatty():
        token = typer.prompt("Token", hide_input=True, err=True).strip()
    if not token:
        hint = "Make one in the project (Settings, Access tokens): scope `api`, role Maintainer."
        fail(CONFIGURATION, "no-token", "UPWEIGHT_GITLAB_TOKEN is not set.", hint, as_json)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("that is no token; it has letters that no token has")
    trust(told.get("authorities", ""))
    return Site(where, token, told.get("authorities", ""))


def _register(
    chosen: Settings, site: Site, projects: dict[str, str], door: str, again: bool
) -> dict[str, str]:
    """Store first and tell GitLab then, so that no delivery is refused; undone where GitLab changed nothing.

    What is stored is a key, of which each project's secret is made by its number. A secret that the operator set is
    every project's; one that an earlier version stored for all of them is let go of.
    """
    from service.setup import gitlab_hook, stored
    from webhooks.scheme import secret_of

    file = stored.place(chosen.home, "gitlab")
    before = stored.load(file)
    environment = chosen.forges.get("gitlab", {})
    given = environment["webhook_secret"].get_secret_value() if "webhook_secret" in environment else ""
    theirs = given.partition(",")[0].strip()
    keys = chosen.forge("gitlab").get("hook_key", "")
    fresh = not theirs and (not keys or (again and "hook_key" not in environment))
    told = dict(before) | {"url": site.url}
    if fresh:
        told["hook_key"] = keys = stored.rotated(secrets.token_urlsafe(32), keys)
    if not theirs:
        told.pop("webhook_secret", None)
    if "token" not in environment:
        told["token"] = site.token
    if told != before:
        stored.keep(file, told)
    key = keys.partition(",")[0].strip().encode()
    done: dict[str, str] = {}
    try:
        for name, number in projects.items():
            secret = theirs or secret_of(key, "gitlab", number)
            done[name] = gitlab_hook.put_hook(site, name, door, secret, anew=again or fresh)
    except gitlab_hook.Lacking:
        if not done:
            _undo(file, before)
        raise
    return done


def _undo(file: Path, before: dict[str, str]) -> None:
    from service.setup import stored

    if before:
        stored.keep(file, before)
    else:
        file.unlink(missing_ok=True)
