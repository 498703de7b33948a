"""``upweight release``: what was released, whether it is still what it was, and the next one by a person's word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.answer import CONFIGURATION, FOUND, NOT_FOUND, fail, give, table
from service.cli.home import Home, Json, Named, carry_out, opened, rows_of, the_one, the_repository


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Releases.", no_args_is_help=True)
    group.command("list")(listed)
    group.command("show")(show)
    group.command("cut")(cut)
    group.command("verify")(verify)
    app.add_typer(group, name="release")


def listed(repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """Every release of a home."""
    from service.db.tables import Release

    keep = ("repository", "version", "batch", "state", "directory", "weights_root", "tag")
    data = [
        {**{k: getattr(r, k) for k in keep}, "override": r.manifest.get("override")}
        for r in rows_of(opened(home, as_json), Release, repository)
    ]
    keys = ("repository", "version", "state", "directory", "weights_root")
    headings = ("repository", "version", "state", "folder", "weights", "passed by override of")
    shown = [[*(r[k] for k in keys), _word(r["override"])] for r in data]
    give(data, as_json, table(headings, shown, "No releases yet."))


def _word(override: dict[str, str] | None) -> str:
    return f"{override['by']}: {override['reason']}" if override else ""


def show(version: str, repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """One release: who is in it, what it moved, what it left out."""
    row = _row(version, repository, home, as_json)
    told = row.manifest
    lines = [
        f"{row.repository} {row.version}: {row.state}, from batch {row.batch}",
        f"folder {row.directory}",
    ]
    lines += [
        f"weights {row.weights_root}",
        f"tag {row.tag}",
        f"starts from {told.get('start', 'not built yet')}",
    ]
    if told.get("override"):
        lines.append(f"passed by override of {_word(told['override'])}")
    lines += [f"in it #{m['number']} {m['author']}: {m['title']}" for m in told.get("members", [])]
    lines += [f"left out #{m['number']} {m['author']}: {m['reason']}" for m in told.get("excluded", [])]
    for leaf in told.get("leaves", []):
        lines += [_leaf(leaf), *map(_kind, leaf.get("kinds", ()))]
    lines += [f"answer corrected in {c['leaf']}: {c['reason']}" for c in told.get("corrected", [])]
    give(row.model_dump(mode="json"), as_json, "\n".join(lines))


def _row(version: str, repository: str | None, home: Path | None, as_json: bool) -> Any:
    from service.db.tables import Release

    found = [r for r in rows_of(opened(home, as_json), Release, repository) if r.version == version]
    return the_one(found, f"release {version}", "release list", as_json)


def _leaf(leaf: dict[str, float]) -> str:
    scores = f"{leaf['before']:.2f} to {leaf['after']:.2f}"
    change = f"{100 * leaf['change']:+.0f} points, {100 * leaf['low']:+.0f} to {100 * leaf['high']:+.0f}"
    return f"{leaf['role']:12} {leaf['path']}: {scores} ({change})"


def _kind(one: dict[str, Any]) -> str:
    return f"{'':14}{one['kind']}: {one['before']:.2f} to {one['after']:.2f} ({one['items']} questions)"


def cut(
    question: Annotated[
        list[str] | None, typer.Option(help="Ask N and N+1 this; again for more. None: by the leaves.")
    ] = None,
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Cut the next release from the batch that passed; promotion trains nothing."""
    house = opened(home, as_json)
    row = the_repository(house, repository, as_json)
    carry_out(house, row.id, "cut", {"questions": question or []}, as_json)


def verify(
    what: Annotated[
        str, typer.Argument(metavar="VERSION|DIR", help="A version of the home, else a release's folder.")
    ],
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Compare every file of a release with its checksums; 1 where one differs."""
    from service.lines.release import verify as check

    folder = Path(what)
    if re.fullmatch(r"v\d+", what) and not folder.is_dir():
        folder = Path(_row(what, repository, home, as_json).directory)
    if not (folder / "SHA256SUMS").is_file():
        hint = "Name a release's folder; `upweight release list` shows them."
        fail(NOT_FOUND, "not-found", f"{folder} holds no SHA256SUMS.", hint, as_json)
    try:
        wrong = check(folder)
    except UnicodeDecodeError:
        fail(CONFIGURATION, "broken", f"{folder}/SHA256SUMS is no text.", "Fetch the release again.", as_json)
    if wrong:
        fail(FOUND, "differs", "; ".join(wrong[:20]), "Fetch the release again.", as_json)
    give({"folder": str(folder)}, as_json, f"{folder}: every file is what it was.")
