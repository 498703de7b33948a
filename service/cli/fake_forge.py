"""``upweight fake-forge``: a forge of one's own, to try a policy or a service against."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from service.cli.answer import AT_HOME, NOT_FOUND, USAGE, fail

if TYPE_CHECKING:
    from service.fake.bare import Files

GITHUB = """Serve a GitHub that is not there until Ctrl-C: state in memory, real Git, real HTTP, signed webhooks.

Prints one JSON line: url, app id, key file, webhook secret, and `environment`: what points a service at it, as

    UPWEIGHT_GITHUB_API=URL UPWEIGHT_GITHUB_GIT=file://DIR/git/{owner}/{name}.git UPWEIGHT_GITHUB_APP_ID=ID
    UPWEIGHT_GITHUB_PRIVATE_KEY_FILE=FILE UPWEIGHT_GITHUB_WEBHOOK_SECRET=SECRET
    upweight up --forge github --repository OWNER/NAME

What people do is asked for under URL/_fake/, which lists it; docs/fake-forge.md shows a play.
"""  # fmt: skip
GITLAB = """Serve a GitLab that is not there, with one project, until Ctrl-C: state in memory, real Git; real HTTP.

Prints one JSON line: url, token, webhook secret, and `environment`: what points a service at it, as

    UPWEIGHT_GITLAB_URL=URL UPWEIGHT_GITLAB_TOKEN=TOKEN UPWEIGHT_GITLAB_GIT=file://DIR/{path}.git
    UPWEIGHT_GITLAB_WEBHOOK_SECRET=SECRET upweight up --forge gitlab --repository GROUP/NAME

A secret of the form whsec_... signs deliveries; another one is sent as the token. What people do is asked for under
URL/_fake/, which lists it; docs/fake-forge.md shows how.
"""  # fmt: skip

Port = Annotated[int, typer.Option(help="Where it listens on this machine; 0 takes a free port.")]
Named = Annotated[str, typer.Option(metavar="OWNER/NAME", help="The repository to begin with.")]
Taxonomy = Annotated[Path | None, typer.Option(help="A folder whose files are its first commit.")]
DeliverTo = Annotated[
    str, typer.Option(metavar="URL", help="The door that hears of what happens; none: nobody.")
]
SecretFile = Annotated[
    Path | None, typer.Option(help="Its first line proves deliveries; none: a fresh secret.")
]
Folder = Annotated[Path | None, typer.Option("--dir", help="Where Git's side lies; none: a new folder.")]
Seed = Annotated[int, typer.Option(help="Where the faults' chances come from.")]


def register(app: typer.Typer) -> None:
    """Add ``fake-forge`` to the command line."""
    group = typer.Typer(
        help="A forge that is not there, to try a policy or a service against.", no_args_is_help=True
    )
    group.command("github", help=GITHUB)(github)
    group.command("gitlab", help=GITLAB)(gitlab)
    app.add_typer(group, name="fake-forge")


def github(
    port: Port = 0,
    repository: Named = "harbour/taxonomy",
    taxonomy: Taxonomy = None,
    deliver_to: DeliverTo = "",
    secret_file: SecretFile = None,
    folder: Folder = None,
    seed: Seed = 0,
) -> None:
    """See GITHUB."""
    from service.fake.github.play import FakeGitHub

    owner, _, name = repository.partition("/")
    if not owner or not name or "/" in name:
        fail(USAGE, "usage", f"{repository!r} names no repository.", "Write it as OWNER/NAME.", False)
    secret, place = _first_line(secret_file), _place(folder)
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
        _not_listened(port, problem)
    settings = forge.settings()
    told = {"app_id": settings["app_id"], "key_file": settings["private_key_file"]}
    _serve("GitHub", repository, forge, forge.url, settings, told, place)


def gitlab(
    port: Port = 0,
    repository: Named = "harbour/taxonomy",
    taxonomy: Taxonomy = None,
    deliver_to: DeliverTo = "",
    secret_file: SecretFile = None,
    folder: Folder = None,
    seed: Seed = 0,
) -> None:
    """See GITLAB."""
    from service.fake.gitlab.play import FakeGitLab

    if "/" not in repository or not all(part and part not in (".", "..") for part in repository.split("/")):
        fail(USAGE, "usage", f"{repository!r} names no project.", "Write it as GROUP/NAME.", False)
    secret, place = _first_line(secret_file), _place(folder)
    if (place / f"{repository}.git").exists():
        hint = "Name another folder by --dir, or none."
        fail(AT_HOME, "home-in-use", f"{place} holds a play already.", hint, False)
    try:
        forge = FakeGitLab(place, repository, port, seed, deliver_to, secret, files=_files(taxonomy))
    except OSError as problem:
        _not_listened(port, problem)
    told = {"token": forge.settings["token"]}
    _serve("GitLab", repository, forge, forge.wire.url, forge.settings, told, place)


def _serve(
    name: str,
    repository: str,
    forge: AbstractContextManager[object],
    url: str,
    settings: Mapping[str, str],
    told: Mapping[str, str],
    place: Path,
) -> None:
    """Serve it until somebody ends it; say first how a service is pointed at it."""
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):  # a shell starts what is in the background deaf to the first
        signal.signal(each, lambda *_: ended.set())
    prefix = f"UPWEIGHT_{name.upper()}"
    whole = {
        "url": url,
        "repository": repository,
        **told,
        "webhook_secret": settings["webhook_secret"],
        "git": settings["git"],
        "control": f"{url}/_fake/",
        "environment": {f"{prefix}_{key.upper()}": value for key, value in settings.items()},
    }
    with forge:
        typer.echo(json.dumps(whole))
        sys.stdout.flush()
        typer.echo(
            f"A fake {name} listens on {url} with {repository}; {url}/_fake/ tells what people can do.",
            err=True,
        )
        ended.wait()
        typer.echo(f"Ended. What Git kept lies in {place}.", err=True)


def _not_listened(port: int, problem: OSError) -> NoReturn:
    hint = "Take another: --port 0 finds a free one."
    fail(AT_HOME, "port-in-use", f"Port {port} can't be listened on: {problem.strerror}.", hint, False)


def _place(folder: Path | None) -> Path:
    return (folder or Path(mkdtemp(prefix="upweight-fake-"))).absolute()


def _first_line(file: Path | None) -> str:
    """The secret in a file, none where none is named; ends the command where it holds none."""
    if file is None:
        return ""
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
        hint = "Name a folder with a taxonomy's files."
        fail(NOT_FOUND, "no-taxonomy", f"{folder} holds no files.", hint, False)
    return found
