"""``upweight fake-forge``: a forge of one's own, to try a policy or a service against."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.answer import AT_HOME, NOT_FOUND, USAGE, fail

if TYPE_CHECKING:
    from service.fake.bare import Files
    from service.fake.github.play import FakeGitHub

HOW = """Serve a GitHub that is not there until Ctrl-C: state in memory, real Git, real HTTP, signed webhooks.

Prints one JSON line: url, app id, key file, webhook secret, and `environment`: what points a service at it, as

    UPWEIGHT_GITHUB_API=URL UPWEIGHT_GITHUB_GIT=file://DIR/git/{owner}/{name}.git UPWEIGHT_GITHUB_APP_ID=ID
    UPWEIGHT_GITHUB_PRIVATE_KEY_FILE=FILE UPWEIGHT_GITHUB_WEBHOOK_SECRET=SECRET
    upweight up --forge github --repository OWNER/NAME

What people do is asked for under URL/_fake/, which lists it; docs/fake-forge.md shows a play.
"""  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add ``fake-forge`` to the command line."""
    group = typer.Typer(
        help="A forge that is not there, to try a policy or a service against.", no_args_is_help=True
    )
    group.command("github", help=HOW)(github)
    app.add_typer(group, name="fake-forge")


def github(
    port: Annotated[int, typer.Option(help="Where it listens on this machine; 0 takes a free port.")] = 0,
    repository: Annotated[
        str, typer.Option(metavar="OWNER/NAME", help="The repository to begin with.")
    ] = "harbour/taxonomy",
    taxonomy: Annotated[Path | None, typer.Option(help="A folder whose files are its first commit.")] = None,
    deliver_to: Annotated[
        str, typer.Option(metavar="URL", help="The door that hears of what happens; none: nobody.")
    ] = "",
    secret_file: Annotated[
        Path | None, typer.Option(help="Its first line signs deliveries; none: a fresh secret.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="Where Git's side lies; none: a new folder.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Where the faults' chances come from.")] = 0,
) -> None:
    """See HOW."""
    from service.fake.github.play import FakeGitHub

    owner, _, name = repository.partition("/")
    if not owner or not name or "/" in name:
        fail(USAGE, "usage", f"{repository!r} names no repository.", "Write it as OWNER/NAME.", False)
    secret = _first_line(secret_file) if secret_file else ""
    place = folder or Path(mkdtemp(prefix="upweight-fake-"))
    try:
        forge = FakeGitHub(
            place,
            repository,
            files=_files(taxonomy),
            port=port,
            seed=seed,
            deliver_to=deliver_to,
            secret=secret,
        )
    except OSError as problem:
        hint = "Take another: --port 0 finds a free one."
        fail(AT_HOME, "port-in-use", f"Port {port} can't be listened on: {problem.strerror}.", hint, False)
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):  # a shell starts what is in the background deaf to the first
        signal.signal(each, lambda *_: ended.set())
    with forge:
        _tell(forge, repository)
        ended.wait()
        typer.echo(f"Ended. What Git kept lies in {place}.", err=True)


def _tell(forge: FakeGitHub, repository: str) -> None:
    settings = forge.settings()
    told = {
        "url": forge.url,
        "repository": repository,
        "app_id": settings["app_id"],
        "key_file": settings["private_key_file"],
        "webhook_secret": settings["webhook_secret"],
        "git": settings["git"],
        "control": f"{forge.url}/_fake/",
        "environment": {f"UPWEIGHT_GITHUB_{name.upper()}": value for name, value in settings.items()},
    }
    typer.echo(json.dumps(told))
    sys.stdout.flush()
    typer.echo(
        f"A fake GitHub listens on {forge.url} with {repository}; {forge.url}/_fake/ tells what people can do.",
        err=True,
    )


def _first_line(file: Path) -> str:
    """The secret in a file; ends the command where there is none."""
    lines = file.read_text().splitlines() if file.is_file() else []
    if not lines or not lines[0].strip():
        fail(NOT_FOUND, "no-secret", f"{file} holds no secret.", "Its first line is taken.", False)
    return lines[0].strip()


def _files(folder: Path | None) -> Files | None:
    """The files of a folder, without Git's own; ends the command where there are none."""
    if folder is None:
        return None
    found: dict[str, str | bytes | None] = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and ".git" not in path.relative_to(folder).parts
    }
    if not found:
        fail(
            NOT_FOUND,
            "no-taxonomy",
            f"{folder} holds no files.",
            "Name a folder with a taxonomy's files.",
            False,
        )
    return found
