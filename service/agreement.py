"""How far the rules agree with people and with the reference checker, on pull requests that were judged by both.

Pure: lines of the triage contract and the two references in, figures out. A reason that people gave is a *family* of
rules (`docs/reasons.toml`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Any

Line = Mapping[str, Any]
ASKED, ACCEPTED = ("changes_requested", "rejected"), ("accepted",)
BLOCKED = ("changes-requested", "rejected")
COUNTS = ("doubt", "fix", "stop", "close")  # weights of findings that say something against a contribution
Z = 1.959964  # 95 %, two-sided


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; the whole range where nothing was counted."""
    if not n:
        return 0.0, 1.0
    share, z2 = hits / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def agreement(
    lines: Iterable[Line],
    verdicts: Iterable[Line],
    triage: Iterable[Line],
    families: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """The figures of the contract: `schema`, `triage`, and `rules` by family (None where there is no case)."""
    ours = {line["pull"]: line for line in lines}
    people = [row for row in triage if row["changes_qna_yaml"] and not row.get("inferred_reason")]
    people = [row for row in people if row["number"] in ours]
    asked = [row for row in people if row["verdict"] in ASKED]
    accepted = [row for row in people if row["verdict"] in ACCEPTED]
    return {
        "schema": _schema(ours, verdicts),
        "triage": {
            "asked": _share(asked, "caught", [row for row in asked if _outcome(ours, row) != "passed"]),
            "accepted": _share(
                accepted, "blocked", [row for row in accepted if _outcome(ours, row) in BLOCKED]
            ),
            "reasons": _reasons(ours, asked, families),
            "needs_human": sum(line["verdict"] == "needs-human" for line in ours.values())
            / max(1, len(ours)),
            "blocked": [_told(ours, row) for row in accepted if _outcome(ours, row) in BLOCKED],
            "missed": [_told(ours, row) for row in asked if _outcome(ours, row) == "passed"],
        },
        "rules": {
            name: _family(ours, asked, accepted, name, rules) for name, rules in sorted(families.items())
        },
    }


def _outcome(ours: Mapping[int, Line], row: Line) -> str:
    return str(ours[row["number"]]["verdict"])


def _found(line: Line, notes: bool = False) -> set[str]:
    """The rules that say something against a contribution; with `notes` all that say anything."""
    return {finding["rule"] for finding in line["findings"] if notes or finding["weight"] in COUNTS}


def _share(rows: Sequence[Line], name: str, hit: Sequence[Line]) -> dict[str, Any]:
    low, high = wilson(len(hit), len(rows))
    return {"n": len(rows), name: len(hit), "low": low, "high": high}


def _told(ours: Mapping[int, Line], row: Line) -> dict[str, Any]:
    """A difference with people: what they said, and what we say."""
    line = ours[row["number"]]
    return {
        "pull": row["number"],
        "theirs": row["verdict"],
        "reasons": row["reasons"],
        "ours": sorted(_found(line)),
    }


def _reasons(
    ours: Mapping[int, Line], asked: Sequence[Line], families: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Rows with a reason that some family answers to, and those with a finding of one of their families."""
    known = [(row, [families[reason] for reason in row["reasons"] if reason in families]) for row in asked]
    known = [(row, wanted) for row, wanted in known if wanted]
    hit = sum(
        any(_found(ours[row["number"]], notes=True) & set(rules) for rules in wanted) for row, wanted in known
    )
    return {"n": len(known), "hit": hit}


def _family(
    ours: Mapping[int, Line], asked: Sequence[Line], accepted: Sequence[Line], name: str, rules: Sequence[str]
) -> dict[str, float | None]:
    """Precision: of the judged rows with a finding of the family, those that were asked. Recall: of the rows where
    people gave this reason, those with such a finding."""
    found = [row for row in (*asked, *accepted) if _found(ours[row["number"]]) & set(rules)]
    meant = [row for row in asked if name in row["reasons"]]
    right = sum(row["verdict"] in ASKED for row in found)
    seen = sum(bool(_found(ours[row["number"]]) & set(rules)) for row in meant)
    return {
        "precision": right / len(found) if found else None,
        "recall": seen / len(meant) if meant else None,
    }


def _schema(ours: Mapping[int, Line], verdicts: Iterable[Line]) -> dict[str, Any]:
    """`schema_ok` against the reference checker, file by file; each difference with the likeliest cause."""
    files = agree = 0
    differ = []
    for row in verdicts:
        line = ours.get(row["pull"])
        if line is None:
            continue
        mine = next((file["schema_ok"] for file in line["files"] if file["path"] == row["path"]), None)
        files += 1
        agree += mine is row["accepted"]
        if mine is not row["accepted"]:
            why = _why(line, row)
            differ.append(
                {
                    "pull": row["pull"],
                    "path": row["path"],
                    "ours": mine,
                    "theirs": row["accepted"],
                    "why": why,
                }
            )
    return {"files": files, "agree": agree, "differ": differ}


def _why(line: Line, row: Line) -> str:
    said = [finding for finding in line["findings"] if finding["path"] == row["path"]]
    of_form = [
        f for f in said if f["rule"] in ("unreadable-yaml", "schema", "misnamed-file", "outdated-version")
    ]
    if of_form:
        return f"{of_form[0]['rule']}: {of_form[0]['message']}"
    if row["unparsable"]:
        return "the reference could not parse it"
    return f"the reference counts {row['errors']} errors" if row["errors"] else "nothing was found here"
