"""How judgements are written for people and machines: a file a format, found by its name.

Each has a `write`: from judgements, and the address of the rules' pages or nothing, to lines of output as they come.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple

from service.cli.judged import Judged

Writer = Callable[[Iterable[Judged], str], Iterator[str]]


class NoSuchFormat(Exception):
    """A word for the output that nobody knows, that can't be followed beside another, or that can't be written."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class Output(NamedTuple):
    """One format and where it goes; no file is standard output."""

    writer: Writer
    file: Path | None


def names() -> list[str]:
    """Every format, by its file."""
    return sorted(module.name for module in iter_modules(__path__))


def outputs(wanted: Sequence[str], as_json: bool) -> list[Output]:
    """What `--format` asks for: text where nothing is said of standard output. Raises NoSuchFormat."""
    chosen = []
    for each in wanted:
        name, _, file = each.partition("=")
        if name not in names():
            raise NoSuchFormat(f"There is no format `{name}`.", f"Known are: {', '.join(names())}.")
        if file:
            _must_be_writable(Path(file))
        chosen.append(Output(import_module(f"{__name__}.{name}").write, Path(file) if file else None))
    out = [each for each in chosen if each.file is None]
    if len(out) + as_json > 1:
        remedy = "Give all but one a file: --format sarif=FILE."
        raise NoSuchFormat("Only one format can go to standard output.", remedy)
    if out or as_json:
        return chosen
    return [Output(import_module(f"{__name__}.text").write, None), *chosen]


def _must_be_writable(file: Path) -> None:
    """Refuse a place that no file can have, before anything is judged. Raises NoSuchFormat."""
    if not file.parent.is_dir():
        raise NoSuchFormat(
            f"There is no folder `{file.parent}` to write into.", "Make it, or name another file."
        )
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise NoSuchFormat(f"`{file}` can't be written.", "Name another file.")


def emit(judgements: Iterable[Judged], wanted: Sequence[Output], rules_url: str) -> list[str]:
    """Write judgements as they come, and the files at the end; the outcomes come back."""
    kept: list[Judged] = []

    def passing() -> Iterator[Judged]:
        for judged in judgements:
            kept.append(judged)
            yield judged

    out = next((each for each in wanted if each.file is None), None)
    for piece in out.writer(passing(), rules_url) if out is not None else passing():
        if isinstance(piece, str):
            print(piece, flush=True)
    for each in wanted:
        if each.file is not None:
            text = "\n".join(each.writer(kept, rules_url))
            each.file.write_text(f"{text}\n" if text else "", encoding="utf-8")
    return [judged.verdict.outcome for judged in kept]
