"""`upweight fix`: what of a leaf's faults a program can mend, mended on a work tree."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import answer
from service.cli.answer import FINE, FOUND, USAGE
from service.cli.triage import chosen_policy, fail

if TYPE_CHECKING:
    from triage_rules.mending import Mended


def register(app: typer.Typer) -> None:
    """Hang the command into the root application."""
    app.command("fix")(fix)


def fix(
    path: Annotated[str, typer.Argument(help="A work tree, a folder or a leaf in it.")] = ".",
    into: Annotated[str, typer.Option(help="The base branch that the work is compared with.")] = "main",
    everything: Annotated[
        bool, typer.Option("--all", help="Mend all leaves below PATH, changed or not.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and write nothing.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 where something would change.")
    ] = False,
    policy: Annotated[str | None, typer.Option(help="A policy file, or the name of a preset.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Mend what needs no judgement: layout, file names, text on the line of `|`. The words stay as they are."""
    from service.git.mending import NotWritten, write
    from service.git.worktree import NoWork, ground, read_worktree
    from triage_rules.mending import mend

    refuse_links(Path(path), as_json)
    try:
        work = read_worktree(Path(path), into, everything)
        root = ground(Path(path), into).root
    except NoWork as error:
        fail(USAGE, f"{error}.", error.remedy, as_json)
    found = mend(work.contribution, chosen_policy(policy, work.policy, as_json))
    left: list[str] = []
    for each in found if not (diff or check) else ():
        try:
            write(root, each)
        except NotWritten as error:
            left.append(str(error))
    told = {"written": not (diff or check), "files": [_told(each) for each in found], "left": left}
    answer.give(told, as_json, "\n".join(_lines(found, left, diff, diff or check)))
    raise typer.Exit(FOUND if left or (check and found) else FINE)


def refuse_links(path: Path, as_json: bool) -> None:
    """Neither a link nor nothing: a command that writes goes where it is told, and nowhere else."""
    if path.is_symlink():
        fail(USAGE, f"`{path}` is a symbolic link.", "Name the folder that it leads to.", as_json)
    if not path.exists():
        fail(USAGE, f"`{path}` does not exist.", "Name a folder of the taxonomy.", as_json)


def _told(mended: Mended) -> dict[str, Any]:
    return {
        "path": mended.path,
        "to": mended.new_path,
        "fixes": list(mended.fixes),
        "diff": "\n".join(difference(mended.path, mended.new_path, mended.before, mended.after)),
    }


def _lines(found: list[Mended], left: list[str], diff: bool, dry: bool) -> list[str]:
    if not found:
        return ["Nothing to mend."]
    lines: list[str] = []
    for each in found:
        if diff:
            lines += difference(each.path, each.new_path, each.before, each.after)
        else:
            lines += [each.path, *(f"  {what}" for what in each.fixes)]
    if left:
        lines += [f"Left as it is: {why}." for why in left]
    elif not diff:
        count = "1 file" if len(found) == 1 else f"{len(found)} files"
        lines.append(f"{count} would change." if dry else f"{count} mended; look with `upweight check`.")
    return lines


def difference(path: str, new_path: str, before: bytes, after: bytes) -> list[str]:
    """What changes, as `diff -u` shows it; a new name alone is told in its two first lines."""
    old, new = (text.decode("utf-8", "replace").split("\n") for text in (before, after))
    lines = list(difflib.unified_diff(old, new, f"a/{path}", f"b/{new_path}", lineterm="", n=1))
    return lines or [f"--- a/{path}", f"+++ b/{new_path}"]
