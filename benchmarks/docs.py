"""The generated pages: what is written twice is made here, and `make check` fails where one is out of date.

`python -m benchmarks.docs` writes them; `--check` only says which differ (exit 1).
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks import policy_page, record
from benchmarks.entry import load

DOCS = record.ROOT / "docs"
MADE = "<!-- Made by `make docs`; edit what it is made from. -->\n"


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page differs")
    if parser.parse_args(argv).check:
        return check()
    for file in write():
        print(file.relative_to(record.ROOT))
    return 0


def write(names: Iterable[str] = ()) -> list[Path]:
    """Write these groups of pages (all where none is named); the files that changed."""
    changed = []
    for file, text in _pages(names).items():
        if not file.exists() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            changed.append(file)
    return changed


def check() -> int:
    """Say which pages differ from what would be written, with the first differing lines; 1 where any does."""
    wrong = 0
    for file, text in _pages().items():
        found = file.read_text() if file.exists() else ""
        if found == text:
            continue
        wrong = 1
        name = str(file.relative_to(record.ROOT))
        lines = difflib.unified_diff(
            found.splitlines(), text.splitlines(), name, "made anew", lineterm="", n=0
        )
        print(f"{name} is out of date; `make docs` writes it:", *list(lines)[2:8], sep="\n  ")
    return wrong


def _pages(names: Iterable[str] = ()) -> dict[Path, str]:
    pages: dict[Path, str] = {}
    for name in names or PAGES:
        pages |= PAGES[name]()
    return pages


def benchmarks() -> dict[Path, str]:
    """Every claim with its limit and its last recorded value."""
    lines = [
        "# What is promised, and what was measured",
        MADE,
        "From `benchmarks/claims.toml` and the records in `benchmarks/results/`. `make claims` shows the",
        "same with what has gone stale since; `make claims ID=<id>` measures one anew.",
    ]
    claims = load()
    for issue in sorted({claim.issue for claim in claims}):
        lines += [f"\n## Issue {issue}\n", "| claim | limit | value | recorded |", "|---|---|---|---|"]
        for claim in (c for c in claims if c.issue == issue):
            last = record.read(claim.id) or {}
            value, told = "not measured", "no result is recorded yet"
            if last:
                machine = last["machine"]
                told = f"{last['date']}, `{last['commit']}`, {machine['cores']} cores of {machine['cpu']}"
                told += f" (load {machine['load']})"
            if last.get("value") is not None:
                verdict = "met" if claim.limit.holds(last["value"]) else "**missed**"
                value = f"{last['value']:.4g} {claim.unit}".strip() + f", {verdict}"
                told += f", {last['seconds']:g} s"
            elif "error" in last:
                value = "**the command failed**"
            lines.append(f"| `{claim.id}` {claim.what} | {claim.limit} {claim.unit} | {value} | {told} |")
    return {DOCS / "benchmarks.md": "\n".join(lines) + "\n"}


def states() -> dict[Path, str]:
    """The tables of states as diagrams and as rows."""
    from service.lines.states import MOVES, TURNS, batch_diagram, diagram

    lines = [
        "# Where a contribution can stand",
        MADE,
        "Drawn from the table in `service/lines/states.py`.",
        "",
    ]
    lines += ["```mermaid", diagram().rstrip(), "```", "", "| from | what happens | to |", "|---|---|---|"]
    lines += [f"| {start} | {move} | {end} |" for (start, move), end in MOVES.items()]
    lines += ["", "# Where a batch can stand", "", "```mermaid", batch_diagram().rstrip(), "```", ""]
    lines += ["| from | what happens | to |", "|---|---|---|"]
    lines += [f"| {start} | {turn} | {end} |" for (start, turn), end in TURNS.items()]
    return {DOCS / "states.md": "\n".join(lines) + "\n"}


def decisions() -> dict[Path, str]:
    """The index of the decisions, by their first lines."""
    lines = ["# Decisions", MADE, "One page a decision: what was decided, what it costs, what was left.", ""]
    for file in sorted((DOCS / "decisions").glob("[0-9][0-9][0-9][0-9]-*.md")):
        found = re.search(r"^# (.+)$", file.read_text(), re.M)
        title = found.group(1) if found else file.stem
        lines.append(f"- [{file.stem[:4]}]({file.name}): {re.sub(r'^[0-9]+[.:]? +', '', title)}")
    return {DOCS / "decisions" / "README.md": "\n".join(lines) + "\n"}


def policy() -> dict[Path, str]:
    """Every key of a community's policy but for the rules, which have a page each."""
    return {DOCS / "policy.md": policy_page.page(MADE)}


def sets() -> dict[Path, str]:
    """The rules that are measured on texts written by hand: on which, and how well they do."""
    from benchmarks import doubts

    lines = [
        "# Rules that see meaning in words, measured",
        MADE,
        "By `python -m benchmarks.doubts`. Each set was written by hand by whoever wrote the rule, so a rule does",
        "worse on strangers' texts; a third of each was held back while the rule was tuned. Under a precision of 0.8",
        "a rule is a note, and one that orders (`fix`, `stop`) has to reach 0.95.\n",
        "| rule | weight | cases | precision | recall | of the third held back |",
        "|---|---|---|---|---|---|",
    ]
    told = []
    for path in sorted(doubts.CASES.glob("*.yaml")):
        name, found = path.stem.replace("_", "-"), doubts.measure(path)
        whole, held = found["all"], found["held"]
        lines.append(
            f"| [{name}](rules/{name}.md) | {found['weight']} | {whole['cases']} | {whole['precision']:.2f} "
            f"| {whole['recall']:.2f} | {held['precision']:.2f} and {held['recall']:.2f} |"
        )
        head = [line[2:] for line in path.read_text().splitlines() if line.startswith("# ")]
        told.append(f"\n**{name}**: {' '.join(head)}")
    return {DOCS / "measured-rules.md": "\n".join([*lines, *told]) + "\n"}


def commands() -> dict[Path, str]:
    """Every command with its words, its right and its help, from its own file."""
    from service.lines.obey import known, usage

    lines = [
        "# Commands",
        MADE,
        "What people say in a comment on a pull request, at the start of a line: `@upweight approve`. On GitHub",
        "`/upweight approve` is the same. A comment may hold several. Quotes, code and HTML comments are not heard,",
        "nor are bots and edits. What came of a command is marked on the comment and told in the comment with the",
        "verdict, which is edited, so that it notifies nobody.\n",
        "**Who may.** The right stands beside each command. It comes from the forge; from an `OWNERS` file of the base",
        "branch, which gives the right to triage where one person owns every path that is touched; or from a",
        "maintainer's `delegate`. Authors may give some commands about their own. What can't be found out is a no;",
        "where the forge only asks to wait, the command waits too, and what is said after it.\n",
        "**About which revision.** A decision is about the revision that stood there when it was written, a review's",
        "about its commit. Heard after a push, `approve`, `ok-to-test` and `override` are refused, also where",
        "nobody can tell; look again, or name what you saw: `approve 1a2b3c4`.\n",
        "| command | right | authors too |",
        "|---|---|---|",
    ]
    told = []
    for name, command in sorted(known().items()):
        own = "yes" if getattr(command, "AUTHORS_TOO", False) else ""
        words = usage(command).replace("|", "\\|")
        lines.append(f"| [`{words}`](#{name}) | {command.RIGHT.name} | {own} |")
        told.append(f"\n## {name}\n\n{(command.__doc__ or '').strip()}")
    lines += ["\n## An OWNERS file\n", *_owners()]
    return {DOCS / "commands.md": "\n".join([*lines, *told]) + "\n"}


def _owners() -> list[str]:
    """What the file's own module says of its format, and an example."""
    from service.facts import owners

    why = (owners.__doc__ or "").partition("\n\n")[2].strip()
    example = "approvers:\n@ada\n@org/sailors  # since May\nreviewers:\n@bo"
    return [why, "", "```", example, "```"]


PAGES: dict[str, Callable[[], dict[Path, str]]] = {
    "benchmarks": benchmarks, "states": states, "decisions": decisions, "policy": policy,
    "commands": commands,
    "sets": sets,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
