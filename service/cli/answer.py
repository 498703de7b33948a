"""How commands answer: data on stdout, the rest on stderr; with --json exactly one object, also for an error.

What a command can't do is said in one line that names the remedy. Only what is our own fault shows a traceback.
"""

from __future__ import annotations

import json
import shutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, NoReturn

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperGroup

FINE, FOUND, USAGE, CONFIGURATION, NOT_FOUND, AT_HOME, FAULT = 0, 1, 2, 3, 5, 6, 70


def give(data: Any, as_json: bool, text: str) -> None:
    """The answer of a command that went well."""
    typer.echo(_envelope(True, data, None) if as_json else visible(text))


def ourselves() -> str:
    """The command as it must be typed here: by its path where it is on no search path."""
    found = shutil.which("upweight")
    here = Path(sys.argv[0])
    if here.name != "upweight" or (found and Path(found).resolve() == here.resolve()):
        return "upweight"
    return str(here)


def visible(text: str) -> str:
    """Text of strangers for a terminal: what it would obey, hide or turn about is written by its number."""
    return "".join(char if char.isprintable() or char in "\n\t" else f"[U+{ord(char):04X}]" for char in text)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], none: str) -> str:
    """Rows under their headings, in columns as wide as they need; `-` is what is not there yet, `none` no row."""
    if not rows:
        return none
    cells = [list(headings), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(headings))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _cell(value: object) -> str:
    if value is None or value == "" or value == []:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def fail(
    code: int, name: str, message: str, hint: str, as_json: bool, data: Any = None, **place: object
) -> NoReturn:
    """The answer of a command that did not; ends it with `code`. `data`: what there is to show all the same."""
    if as_json:
        typer.echo(_envelope(False, data, {"code": name, "message": message, "hint": hint, **place}))
    else:
        typer.echo(visible(f"{message} {hint}".strip()), err=True)
    raise typer.Exit(code)


def _envelope(ok: bool, data: Any, error: dict[str, Any] | None) -> str:
    return json.dumps({"ok": ok, "data": data, "error": error}, ensure_ascii=False)


class Answering(TyperGroup):
    """The root of the command line: what no command answered itself is answered here, in the same form."""

    def main(self, args: Sequence[str] | None = None, *given: Any, **extra: Any) -> Any:
        """Run a command line to its end; always raises SystemExit with the exit code."""
        words = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in words
        if as_json:
            extra["standalone_mode"] = False  # wrong use is then raised, not printed
        try:
            try:
                code = super().main(words, *given, **extra)
            except ClickException as error:
                fail(error.exit_code, "usage", error.format_message(), "--help tells.", as_json)
            except typer.Abort:
                fail(FOUND, "aborted", "Aborted.", "", as_json)
            except Exception as error:
                _explain(error, as_json)
        except typer.Exit as end:
            code = end.exit_code
        sys.exit(code if isinstance(code, int) else FINE)


def _explain(error: Exception, as_json: bool) -> NoReturn:
    """What the surroundings refused, in one line; all else is our fault, with its traceback on stderr."""
    from service.settings import SettingsError

    if isinstance(error, SettingsError):
        fail(CONFIGURATION, "configuration", str(error), "Mend the variable.", as_json)
    if isinstance(error, CalledProcessError):
        said = last_line(error.stderr, "it said nothing").rstrip(".")
        what = " ".join(map(str, error.cmd[:3]))
        fail(CONFIGURATION, "command", f"`{what} ...` failed: {said}.", "`upweight doctor` looks.", as_json)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        fail(CONFIGURATION, "system", f"{where}{error.strerror}.", "`upweight doctor` looks.", as_json)
    traceback.print_exception(error)
    told = f"{type(error).__name__}: {error}"
    fail(FAULT, "fault", f"This is our fault: {told}", "The lines on stderr tell more.", as_json)


def last_line(said: bytes | str | None, nothing: str) -> str:
    """The last line that a process said, which is where its reason stands; `nothing` where it was silent."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said or ""
    return (text.strip().splitlines() or [nothing])[-1]
