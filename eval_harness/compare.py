"""`compare`: case.json in, result.json out; the JSON edge of the gate, the one reader of its contract."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval_harness.gate import judge
from eval_harness.gate_case import Case, Items, Scores, Spec
from eval_harness.gate_report import invalid, report
from eval_harness.gate_tables import CaseError, history_of, paired, pairs_of, scores_of, table_of, with_p
from eval_harness.many import answer_many

MODELS = ("candidate", "release", "anchor")
PROFILES = ("gain", "repair", "remove")


def compare(case: Mapping[str, Any]) -> dict[str, Any]:
    """Judge one case of the contract; what can't be judged is `valid: false`, never an exception."""
    try:
        built, dropped, notes = read_case(case)
        return report(built, judge(built), dropped, notes)
    except CaseError as error:
        return invalid(str(error), error.dropped)
    except (ArithmeticError, ValueError) as error:
        return invalid(f"The case holds numbers that no statistic comes out of: {error}.")


def read_case(case: Mapping[str, Any]) -> tuple[Case, int, list[str]]:
    """Check a case and lay it out as arrays; also the number of dropped items, and notes for the report."""
    try:
        return _read(case)
    except CaseError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise CaseError(f"The case does not follow the contract: {type(error).__name__} {error}.") from error


def _read(case: Mapping[str, Any]) -> tuple[Case, int, list[str]]:
    spec, items, entries = read_spec(case), case["items"], case["scores"]
    _check_leaves(spec, items)
    _check_evaluation(entries)
    wanted = ("confirm", "reserve") if spec.looks == 2 and spec.look == 2 else ("confirm",)
    used = sorted(item for item, about in items.items() if about["split"] in wanted)
    searched = sorted(item for item, about in items.items() if about["split"] == "search")
    by_role = _by_role(entries)
    tables = {id(entry): table_of(entry, items, used, searched) for entry in entries}
    kept, dropped = paired([tables[id(e)][0] for role in MODELS for e in by_role[role]], len(used))
    about = [items[used[column]] for column in kept]
    columns = Items(
        [one["leaf"] for one in about],
        [str(one["cluster"]) for one in about],
        [None if one.get("parent") is None else str(one["parent"]) for one in about],
    )
    names = sorted(set(columns.leaf))
    lost = sorted((spec.touched | spec.protected) - set(names))
    if lost:
        raise CaseError(f"The leaf {lost[0]} has no confirm item that every run has answered.", dropped)
    models = {role: scores_of([tables[id(e)] for e in by_role[role]], by_role[role], kept) for role in MODELS}
    has_p = with_p(columns, names, [m for m in models.values() if m])
    known = np.array([has_p[names.index(leaf)] for leaf in columns.leaf])
    models = {role: m and Scores(m.y, np.where(known, m.p, 0.0), m.trained) for role, m in models.items()}
    pairs_y, pairs_p = pairs_of(by_role["placebo"], tables, kept, known)
    history = [history_of(case.get("history") or [], names, metric) for metric in "yp"]
    candidate, release = models["candidate"], models["release"]
    assert candidate is not None
    assert release is not None
    built = Case(
        spec,
        columns,
        candidate,
        release,
        has_p,
        models["anchor"],
        pairs_y,
        pairs_p,
        history[0],
        history[1],
        _shipped(case["spec"].get("shipped_seed"), by_role),
    )
    main = [e for role in MODELS for e in by_role[role]]
    cold = not searched or any(np.isnan(tables[id(e)][1][1]).all() for e in main)
    notes = ["No search items to scale p with: probabilities are taken as they are (T = 1)."] if cold else []
    return built, dropped, notes


def read_spec(case: Mapping[str, Any]) -> Spec:
    """The declared spec; plain numbers for α and ε belong to the release alone where there is no anchor."""
    spec = case["spec"]
    if spec["profile"] not in PROFILES:
        raise CaseError(f"The profile {spec['profile']!r} is none of gain, repair, remove.")
    looks, look = spec.get("looks", 1), spec.get("look", 1)
    if (looks, look) not in ((1, 1), (2, 1), (2, 2)):
        raise CaseError(f"Look {look} of {looks} was never declared: one look, or two.")
    anchored = any(entry["role"] == "anchor" for entry in case["scores"])
    alpha, epsilon = spec["alpha"], spec["epsilon"]
    if isinstance(alpha, (int, float)):
        alpha = {"release": alpha * (0.6 if anchored else 1.0), "anchor": alpha * 0.4}
    if isinstance(epsilon, (int, float)):
        epsilon = {"release": epsilon, "anchor": epsilon}
    for name, value in (*alpha.items(), *epsilon.items()):
        if value is not None and not (isinstance(value, (int, float)) and 0 < value < 1):
            raise CaseError(f"α and ε are fractions between 0 and 1; {name} has {value!r}.")
    return Spec(
        spec["profile"],
        frozenset(spec["touched"]),
        frozenset(spec["protected"]),
        (alpha["release"], alpha.get("anchor") or alpha["release"]),
        (epsilon["release"], epsilon.get("anchor") or epsilon["release"]),
        looks,
        look,
    )


def _check_leaves(spec: Spec, items: Mapping[str, Any]) -> None:
    declared, seen = spec.touched | spec.protected, {about["leaf"] for about in items.values()}
    for item, about in items.items():
        if about["leaf"] not in declared:
            raise CaseError(f"The item {item} belongs to the unknown leaf {about['leaf']}.")
        if about["split"] not in ("search", "confirm", "reserve"):
            raise CaseError(f"The item {item} is in the unknown split {about['split']}.")
    for leaf in sorted(declared - seen):
        raise CaseError(f"The leaf {leaf} is unknown: no item belongs to it.")


def _check_evaluation(entries: Sequence[Mapping[str, Any]]) -> None:
    """Runs that say how they were measured (`spec_hash`) must all say the same."""
    ways = sorted({str(entry["spec_hash"]) for entry in entries if entry.get("spec_hash") is not None})
    if len(ways) > 1:
        raise CaseError(
            f"The runs were measured in {len(ways)} ways (evaluation specs {ways[0][:12]} and {ways[1][:12]}): "
            "their scores can't be compared."
        )


def _by_role(entries: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    roles: dict[str, list[Mapping[str, Any]]] = {role: [] for role in (*MODELS, "placebo")}
    for entry in entries:
        if entry["role"] not in roles:
            raise CaseError(f"The role {entry['role']!r} is unknown.")
        roles[entry["role"]].append(entry)
    for role in ("candidate", "release"):
        if not roles[role]:
            raise CaseError(f"There are no scores of the {role}.")
    for runs in roles.values():
        runs.sort(key=lambda entry: (entry.get("seed") is None, entry.get("seed") or 0))
    return roles


def _shipped(seed: Any, by_role: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[int, int] | None:
    """Places of the shipped runs: the candidate's by the declared seed, the release's by its mark."""
    ours = [i for i, entry in enumerate(by_role["candidate"]) if entry.get("seed") == seed is not None]
    ours = ours or [i for i, entry in enumerate(by_role["candidate"]) if entry.get("shipped")]
    theirs = [i for i, entry in enumerate(by_role["release"]) if entry.get("shipped")]
    if not theirs and len(by_role["release"]) == 1:
        theirs = [0]
    return (ours[0], theirs[0]) if ours and theirs else None


def compare_job(directory: Path) -> None:
    """case.json to result.json, written last and at once, whatever was there: a case may have changed."""
    found = _compared((directory / "case.json").read_text("utf-8"))
    partial = directory / "result.json.partial"
    partial.write_text(_text(found, 1) + "\n", "utf-8")
    os.replace(partial, directory / "result.json")


def _text(found: Mapping[str, Any], indent: int | None = None) -> str:
    """JSON as people read it; names that are no Unicode text are escaped, and what is no number is no verdict."""
    try:
        text = json.dumps(found, allow_nan=False, ensure_ascii=False, indent=indent)
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(found, allow_nan=False, indent=indent)
    except ValueError as error:
        return json.dumps(
            invalid(f"The case holds numbers that no statistic comes out of: {error}."), indent=indent
        )
    return text


def _compared(text: str) -> dict[str, Any]:
    """Judge a case as it is written. Raises JSONDecodeError."""
    try:
        return compare(json.loads(text, object_pairs_hook=_once))
    except CaseError as error:
        return invalid(str(error))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; a reader that keeps the last of two alike would measure on fewer items than there are."""
    found = dict(pairs)
    if len(found) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise CaseError(f"The name {name} is given twice.")
    return found


def compare_lines(lines: Iterator[str]) -> Iterator[tuple[str, str | None]]:
    """One result a line for one case a line, in order; a line that is no JSON is an invalid case, and said."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            wrong = None
            try:
                found = _compared(line)
            except json.JSONDecodeError as error:
                wrong = f"line {number} is no JSON: {error}"
                found = invalid(f"The {wrong}.")
            yield _text(found), wrong


def compare_main(argv: Sequence[str]) -> int:
    """`compare JOBDIR` or `compare --many FILE.jsonl`: 0 whatever the decision, 2 where a file can't be read."""
    many = len(argv) == 2 and argv[0] == "--many"
    if not many and (len(argv) != 1 or argv[0].startswith("-")):
        sys.stderr.write("usage: python -m eval_harness compare JOBDIR | compare --many FILE.jsonl\n")
        return 2
    file = Path(argv[1]) if many else Path(argv[0]) / "case.json"
    try:
        if many:
            return answer_many(file, compare_lines)
        compare_job(file.parent)
    except json.JSONDecodeError as error:
        sys.stderr.write(f"{file}: no JSON: {error}\n")
        return 2
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{file}: {error}\n")
        return 2
    return 0
