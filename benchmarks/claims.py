"""Promises, held against measurements: `make claims`.

Shows for each entry of `claims.toml` whether its last recorded result keeps the limit (met, missed) or why
there is none (not run), and measures anew what takes under a minute. Data goes to stdout, progress to stderr;
the exit status is 1 where a claim is missed.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import docs, record
from benchmarks.entry import BadClaims, Claim, load
from benchmarks.measure import measure_all


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    options = _options(argv)
    try:
        claims = load()
    except BadClaims as error:
        print(f"claims.toml: {error}", file=sys.stderr)
        return 3
    hashes, absent = inputs(claims)
    if options.validate:
        for name, why in absent.items():
            print(f"claims.toml: {name}: {why}", file=sys.stderr)
        return 3 if absent else 0
    chosen = choose(claims, options.id, options.tier)
    if not chosen:
        print(f"no claim is called {options.id}; there are:", *(c.id for c in claims), file=sys.stderr)
        return 5
    if not options.show:
        able = [claim for claim in claims if claim.id in hashes]
        measure_all([claim for claim in chosen if claim in able], able, hashes)
        docs.write(["benchmarks"])
    shown = chosen if options.id else claims
    rows = [
        judged(claim, record.read(claim.id), hashes.get(claim.id), absent.get(claim.id)) for claim in shown
    ]
    show(rows, options.format)
    return 1 if any(row["status"] == "missed" for row in rows) else 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--id", default="", help="measure these claims anew: ids or patterns, by commas")
    tiers = ["quick", "long", "all"]
    parser.add_argument("--tier", choices=tiers, default="quick", help="measure this tier anew")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    parser.add_argument("--show", action="store_true", help="measure nothing")
    parser.add_argument("--validate", action="store_true", help="only check claims.toml")
    return parser.parse_args(argv)


def choose(claims: Sequence[Claim], ids: str, tier: str) -> list[Claim]:
    """The claims that ids or patterns (by commas) name; where there are none, those of a tier."""
    if ids:
        return [claim for claim in claims if any(fnmatch.fnmatch(claim.id, word) for word in ids.split(","))]
    return [claim for claim in claims if tier in ("all", claim.tier)]


def inputs(claims: Sequence[Claim]) -> tuple[dict[str, str], dict[str, str]]:
    """By claim: the hash of its inputs, or why there is none."""
    hashes, absent = {}, {}
    for claim in claims:
        try:
            hashes[claim.id] = record.inputs_hash(claim.inputs)
        except ValueError as error:
            absent[claim.id] = str(error)
    return hashes, absent


def judged(claim: Claim, last: dict[str, Any] | None, now: str | None, absent: str | None) -> dict[str, Any]:
    """A row of the table: met, missed or not run (why), with what the record says of itself."""
    row = claim.model_dump(include={"id", "what", "issue", "unit", "tier", "hardware"})
    row |= {"limit": str(claim.limit), "command": " ".join(claim.command), "status": "not run", "why": None}
    told = ("value", "commit", "machine", "seconds", "date")
    row |= {"stale": False, **{key: (last or {}).get(key) for key in told}}
    if last is None:
        return {**row, "why": absent or claim.lacks() or f"not measured yet: make claims ID={claim.id}"}
    row["stale"] = last["inputs"] != now
    if "error" in last:
        return {**row, "status": "missed", "why": f"the command failed: {last['error']}"}
    if "not_run" in last:
        return {**row, "why": last["not_run"]}
    if last["value"] is None:
        done = f"{len(last['seeds'])} of {len(claim.seeds)} seeds are measured"
        return {**row, "why": f"{done}; make claims ID={claim.id} goes on"}
    return {**row, "status": "met" if claim.limit.holds(last["value"]) else "missed"}


def show(rows: list[dict[str, Any]], form: str) -> None:
    """Print the rows on stdout."""
    counts = {status: sum(r["status"] == status for r in rows) for status in ("met", "missed", "not run")}
    if form == "json":
        data = {"claims": rows, "counts": counts}
        print(json.dumps({"ok": not counts["missed"], "data": data, "error": None}))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Claim", "Limit", "Value", "Status", "Recorded"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        value = "" if row["value"] is None else f"{row['value']:.4g} {row['unit']}".strip()
        status = row["status"] + (", stale" if row["stale"] else "")
        machine = row["machine"] or {}
        where = f"{row['commit']}, {machine.get('cores')} cores of {machine.get('cpu')}, {row['seconds']} s"
        told = row["why"] or where
        table.add_row(f"{row['id']}\n[dim]{row['what']}[/dim]", row["limit"], value, status, told)
    width = None if sys.stdout.isatty() else 150
    Console(width=width, highlight=False).print(table)
    print(", ".join(f"{count} {status}" for status, count in counts.items()))


if __name__ == "__main__":
    sys.exit(main())
