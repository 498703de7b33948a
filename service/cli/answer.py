"""How commands answer: one JSON object with --json, plain lines without."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import typer


def give(data: Any, as_json: bool, text: str) -> None:
    """The answer of a command that went well."""
    typer.echo(json.dumps({"ok": True, "data": data, "error": None}, ensure_ascii=False) if as_json else text)


def fail(code: int, name: str, message: str, hint: str, as_json: bool) -> NoReturn:
    """The answer of a command that did not; ends it with `code`."""
    if as_json:
        error = {"code": name, "message": message, "hint": hint}
        typer.echo(json.dumps({"ok": False, "data": None, "error": error}, ensure_ascii=False))
    else:
        typer.echo(f"{message} {hint}".strip(), err=True)
    raise typer.Exit(code)
