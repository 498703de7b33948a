"""``upweight agreement``: the rules held against people and the reference checker, on a bundle of pull requests."""

from __future__ import annotations

import json
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.answer import CONFIGURATION, NOT_FOUND, USAGE, fail, give

VERDICTS, TRIAGE, FAMILIES = "reference-verdicts.jsonl", "reference-triage.jsonl", "docs/reasons.toml"
Told = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add ``agreement`` to the command line."""
    app.command("agreement")(agreement)


def agreement(
    bundle: Annotated[Path, typer.Argument(help="A Git bundle with refs/heads/main and refs/pull/N/head.")],
    verdicts: Annotated[
        Path | None, typer.Option(help="What the reference checker says, a line a file.")
    ] = None,
    triage: Annotated[Path | None, typer.Option(help="What people said, a line a pull request.")] = None,
    policy: Annotated[str, typer.Option(help="A preset, or a policy file.")] = "instructlab-2024",
    families: Annotated[Path, typer.Option(help="Which rules answer to which reason.")] = Path(FAMILIES),
    page: Annotated[Path | None, typer.Option(help="Write the figures as Markdown here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Judge a bundle's pull requests, and count how far people and the reference checker agree."""
    from service import agreement as counting

    for file in (bundle, families):
        if not file.is_file():
            fail(NOT_FOUND, "not-found", f"{file} is no file.", "Name one that is there.", as_json)
    lines = _judged(bundle, policy, as_json)
    known = tomllib.loads(families.read_text(encoding="utf-8"))["families"]
    found = counting.agreement(
        lines,
        _rows(verdicts or bundle.parent / VERDICTS, as_json),
        _rows(triage or bundle.parent / TRIAGE, as_json),
        known,
    )
    text = markdown(found, policy)
    if page is not None:
        page.write_text(text, encoding="utf-8")
    give(found, as_json, text)


def _judged(bundle: Path, policy: str, as_json: bool) -> list[Told]:
    """A line for each pull request of the bundle."""
    from service.cli.triage import chosen_policy
    from service.git.read import open_repository
    from service.pulls import pulls

    chosen = chosen_policy(policy, None, as_json)
    with tempfile.TemporaryDirectory(prefix="upweight-agreement-") as folder:
        command = ["git", "clone", "-q", "--mirror", str(bundle.absolute()), folder]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            fail(
                USAGE,
                "bad-bundle",
                f"{bundle} is no bundle: {done.stderr.strip()[:200]}",
                "Name a Git bundle.",
                as_json,
            )
        return list(pulls(open_repository(folder), "refs/pull/*/head", "main", lambda _: chosen))


def _rows(file: Path, as_json: bool) -> list[Told]:
    """The lines of a reference; none where there is no such file."""
    if not file.is_file():
        return []
    try:
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (ValueError, OSError) as error:
        fail(CONFIGURATION, "bad-reference", f"{file}: {error}.", "A line is one JSON object.", as_json)


def markdown(found: Told, policy: str) -> str:
    """The figures as a page: counts with their intervals, and every difference."""
    schema, people = found["schema"], found["triage"]
    asked, accepted, reasons = people["asked"], people["accepted"], people["reasons"]
    differ = [
        (d["pull"], f"`{_cell(d['path'])}`", d["ours"], d["theirs"], _cell(d["why"].partition(":")[0]))
        for d in schema["differ"]
    ]
    families = [(name, _part(b["precision"]), _part(b["recall"])) for name, b in found["rules"].items()]
    parts = [
        "# Agreement with people and with the reference checker",
        f"Judged by `{policy}`; intervals are Wilson's, 95 %. Made by `upweight agreement BUNDLE --page FILE`.",
        f"**Syntax and schema**: {schema['agree']} of {schema['files']} files are as the reference checker has them.",
        _table(("pull", "file", "ours", "theirs", "why"), differ),
        f"**Asked for changes, or rejected, by people**: {asked['caught']} of {asked['n']} are not passed "
        f"({_interval(asked)}). Where a reason was given that a rule can see, {reasons['hit']} of {reasons['n']} "
        "have a finding of its family.",
        _table(
            ("passed, though asked", "reasons"),
            [(d["pull"], ", ".join(d["reasons"])) for d in people["missed"]],
        ),
        f"**Accepted by people**: {accepted['blocked']} of {accepted['n']} are told to mend, or rejected "
        f"({_interval(accepted)}).",
        _table(("blocked", "by"), [(d["pull"], ", ".join(d["ours"])) for d in people["blocked"]]),
        f"**Left to a person**: {100 * people['needs_human']:.1f} % of all.",
        _table(("reason", "precision", "recall"), families),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return ""
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def _cell(text: str) -> str:
    return "".join(char for char in text if char.isprintable()).replace("|", "\\|").replace("`", "'")


def _interval(share: Told) -> str:
    return f"{100 * share['low']:.0f} to {100 * share['high']:.0f} %"


def _part(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"
