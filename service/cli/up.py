"""``upweight up``: web, worker and timetable in one process."""

from __future__ import annotations

import errno
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.answer import AT_HOME, CONFIGURATION, NOT_FOUND, USAGE, fail
from service.cli.link import remember
from service.cli.model import must_be_a_model

if TYPE_CHECKING:
    from service.settings import Settings


def register(app: typer.Typer) -> None:
    """Add ``up`` to the command line."""
    app.command("up")(up)


def up(
    home: Annotated[
        Path | None,
        typer.Option(help="Everything of this service lies there; none: UPWEIGHT_HOME, else ~/.upweight."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="0 takes a free one; none: UPWEIGHT_PORT, else 8400.")
    ] = None,
    bind: Annotated[
        str | None, typer.Option(help="Address to listen on, only this machine's own; none: 127.0.0.1.")
    ] = None,
    forge: Annotated[
        str, typer.Option(help="Where the repositories named here live: plain, github, gitlab.")
    ] = "plain",
    repository: Annotated[
        list[str] | None,
        typer.Option(help="One to serve: OWNER/NAME, or the folder of a plain forge; again for more."),
    ] = None,
    branch: Annotated[
        str, typer.Option(help="The base branch, for new repositories of another forge.")
    ] = "main",
    model: Annotated[
        str, typer.Option(help="smollm2, tiny, a folder or a hub's name, for new repositories.")
    ] = "smollm2",
    recipe: Annotated[
        str | None, typer.Option(help="laptop, tiny, short, for new repositories; none: by the model.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Where every seed comes from, for new repositories.")] = 7,
    documents: Annotated[Path | None, typer.Option(help="Mirror of the documents that leaves cite.")] = None,
    guard: Annotated[Path | None, typer.Option(help="Folder of guard suites, for new repositories.")] = None,
    by_hand: Annotated[bool, typer.Option(help="Batches and releases only by a maintainer's word.")] = False,
) -> None:
    """Serve until Ctrl-C; prints where, and a one-time link to sign in."""
    from service import settings

    chosen = settings.read(home=home, port=port, bind=bind)
    settings.keep_from_children()
    if chosen.bind not in ("127.0.0.1", "localhost"):
        message = (
            f"Only this machine may be listened on, not {chosen.bind}: there is no sign-in for a network yet."
        )
        fail(CONFIGURATION, "configuration", message, "Leave out --bind and UPWEIGHT_BIND.", False)
    for folder in (repository or []) if forge == "plain" else []:
        if not (Path(folder) / "hooks" / "proc-receive").is_file():
            hint = f"Make it one: upweight init plain {folder}"
            fail(NOT_FOUND, "not-found", f"{folder} is no plain forge.", hint, False)
    must_be_a_model(model, False)
    _known(recipe, model)
    _must_hold(guard, documents)
    taken = {
        "model": model, "recipe": recipe, "seed": seed, "documents": documents, "guard": guard, "by_hand": by_hand,
        "branch": branch,
    }  # fmt: skip
    _serve(chosen, forge, repository or [], taken)


def _serve(chosen: Settings, forge: str, repositories: list[str], taken: dict[str, Any]) -> None:
    """Serve, or say in a line why not."""
    from service import serve, taking
    from service.house import AtHome

    try:
        serve.serve(chosen, forge, repositories, taken, partial(_told, chosen))
    except AtHome as problem:
        fail(AT_HOME, "at-home", str(problem), "End it first, or name another --home.", False)
    except taking.NoSuchForge as problem:
        hint = "docs/forges.md tells what is set for each forge."
        fail(CONFIGURATION, "no-such-forge", str(problem), hint, False)
    except taking.TwoOfAName as problem:
        hint = "Name one of them anew: git -C FORGE config upweight.repository NAME"
        fail(CONFIGURATION, "two-of-a-name", str(problem), hint, False)
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        message = f"Somebody listens on {chosen.bind}:{chosen.port} already."
        fail(AT_HOME, "port-in-use", message, "Take another: --port 0 finds a free one.", False)


def _must_hold(guard: Path | None, documents: Path | None) -> None:
    """End the command where a folder that was named does not hold what it is named for."""
    if guard is not None and not any(guard.glob("*.yaml")):
        hint = "A group of questions a file; see docs/story-format.md."
        fail(NOT_FOUND, "no-guard", f"{guard} holds no *.yaml, so no guard.", hint, False)
    if documents is not None and not any((documents / name).is_file() for name in ("HEAD", ".git/HEAD")):
        hint = "It is a Git repository that mirrors what leaves cite."
        fail(NOT_FOUND, "no-documents", f"{documents} is no Git repository.", hint, False)


def _known(recipe: str | None, model: str) -> None:
    from eval_harness.job import Refused
    from eval_harness.recipe import load

    try:
        load(recipe, model)
    except Refused as problem:
        fail(USAGE, "usage", f"{problem}.", "Name one of them by --recipe.", False)


def _told(chosen: Settings, facts: dict[str, Any]) -> None:
    from service.attach import attach_all

    remember(Path(facts["home"]), facts["url"])
    for line in attach_all(chosen, facts["url"]):
        typer.echo(line, err=True)
    typer.echo(json.dumps(facts))
    typer.echo(f"Upweight listens on {facts['url']}. Sign in once: {facts['link']}", err=True)
    sys.stdout.flush()
