"""``upweight items``: the questions that a leaf is measured with, and how worn they are."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.answer import CONFIGURATION, FOUND, NOT_FOUND, fail, give, table
from service.cli.home import Home, Json, Named, opened, the_repository

HEAD = """\
# A draft of the exam of {leaf}, made from its seeds. It is yours now: reword every question, so that
# it asks for the same thing in words that the seeds don't have; check that each wrong choice is wrong.
"""


def register(app: typer.Typer) -> None:
    """Hang the commands into the command line."""
    group = typer.Typer(help="The questions that a leaf is measured with.", no_args_is_help=True)
    group.command("new")(new)
    group.command("ledger")(ledger)
    app.add_typer(group, name="items")


def new(
    leaf: Annotated[str, typer.Argument(help="Path of the leaf, such as knowledge/harbour/bells.")],
    taxonomy: Annotated[Path, typer.Option(help="Work tree of the taxonomy.")] = Path("."),
    questions: Annotated[int, typer.Option(min=1, max=5, help="Questions of each seed.")] = 3,
    as_json: Json = False,
) -> None:
    """Draft `evaluation/LEAF/items.yaml` for a maintainer to reword: a cluster a seed, choices of the same leaf."""
    from eval_harness.items_draft import draft
    from eval_harness.job import Seed
    from triage_rules.taxonomy import read_leaf

    leaf = leaf.strip("/").removesuffix("/qna.yaml")
    source = taxonomy / leaf / "qna.yaml"
    if not source.resolve().is_relative_to(taxonomy.resolve()) or not source.is_file():
        fail(
            NOT_FOUND,
            "not-found",
            f"There is no {source}.",
            "Name a leaf of the work tree by its path.",
            as_json,
        )
    found, why = read_leaf(f"{leaf}/qna.yaml", source.read_bytes())
    if found is None or not found.seeds:
        said = f" {why[0].message}" if why else " It has no seeds."
        hint = f"`upweight check {taxonomy}` says more."
        fail(CONFIGURATION, "unreadable", f"{source} can't be read as a leaf.{said}", hint, as_json)
    out = taxonomy / "evaluation" / leaf / "items.yaml"
    if out.exists():
        fail(
            FOUND,
            "exists",
            f"{out} is there already, and is left as it is.",
            "Edit it, or move it away.",
            as_json,
        )
    grounded = found.kind == "grounded"
    seeds = [Seed(s.question, s.answer, s.context if grounded else None) for s in found.seeds]
    try:
        entries = draft(seeds, questions)
    except ValueError as problem:
        hint = "Write the questions by hand; docs/story-format.md has the form."
        fail(FOUND, "no-choices", f"{source}: {problem}.", hint, as_json)
    _write(out, leaf, entries)
    clusters = len({entry["cluster"] for entry in entries})
    told = f"{out}: {len(entries)} questions in {clusters} clusters. Reword each before you commit it."
    give({"file": str(out), "questions": len(entries), "clusters": clusters}, as_json, told)


def _write(out: Path, leaf: str, entries: list[dict[str, Any]]) -> None:
    import yaml

    text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=100)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("x", encoding="utf-8") as file:
        file.write(HEAD.format(leaf=leaf) + text)


def ledger(repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """How many decisions the newest release's held-out items were used for, by leaf, and every use."""
    from dataclasses import asdict

    from service.lines import ledger as rows

    house = opened(home, as_json)
    row = the_repository(house, repository, as_json)
    after = house.policy(row).measure.worn_after
    with house.database.read() as session:
        wears = rows.of_newest(session, house.home, row.id)
        uses = rows.uses(session, row.id)
    leaves = [{**asdict(one), "left": max(0, after - one.used)} for one in wears]
    shown = [
        [x["leaf"], x["version"], x["clusters"], x["used"], x["left"] or "worn", _day(x["last"])]
        for x in leaves
    ]
    text = table(("leaf", "items", "clusters", "decisions", "left", "last"), shown, "Nothing is frozen yet.")
    counts = Counter(use.purpose for use in uses)
    said = ", ".join(f"{purpose} {count}" for purpose, count in sorted(counts.items()))
    give(
        {"leaves": leaves, "uses": [asdict(use) for use in uses]}, as_json, f"{text}\nuses: {said or 'none'}"
    )


def _day(at: float | None) -> str:
    return "never" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
