"""`compare`: case.json in, result.json out; the JSON edge of the gate, the one reader of its contract."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval_harness.gate import judge
from eval_harness.gate_case import Case, Items, Pair, Scores, Spec
from eval_harness.gate_clusters import Array, Mask
from eval_harness.gate_noise import PairSum, no_pairs
from eval_harness.gate_report import invalid, report
from eval_harness.gate_scaling import scaled, temperature

MOST_DROPPED = 0.02
MODELS = ("candidate", "release", "anchor")
PROFILES = ("gain", "repair", "remove")


class CaseError(ValueError):
    """The comparison can't be made; its text is a sentence, `dropped` counts the unpaired items."""

    def __init__(self, sentence: str, dropped: int = 0) -> None:
        super().__init__(sentence)
        self.dropped = dropped


def compare(case: Mapping[str, Any]) -> dict[str, Any]:
    """Judge one case of the contract; what can't be judged is `valid: false`, never an exception."""
    try:
        built, dropped, notes = read_case(case)
    except CaseError as error:
        return invalid(str(error), error.dropped)
    return report(built, judge(built), dropped, notes)


def read_case(case: Mapping[str, Any]) -> tuple[Case, int, list[str]]:
    """Check a case and lay it out as arrays; also the number of dropped items, and notes for the report."""
    try:
        spec, items, entries = read_spec(case), case["items"], case["scores"]
        _check_leaves(spec, items)
        wanted = ("confirm", "reserve") if spec.looks == 2 and spec.look == 2 else ("confirm",)
        used = sorted(item for item, about in items.items() if about["split"] in wanted)
        searched = sorted(item for item, about in items.items() if about["split"] == "search")
        by_role = _by_role(entries)
        tables = {id(entry): _table(entry, items, used, searched) for entry in entries}
    except (KeyError, TypeError, AttributeError) as error:
        raise CaseError(f"The case does not follow the contract: {type(error).__name__} {error}.") from error
    kept, dropped = _paired([tables[id(e)][0] for role in MODELS for e in by_role[role]], len(used))
    about = [items[used[column]] for column in kept]
    columns = Items(
        [one["leaf"] for one in about],
        [str(one["cluster"]) for one in about],
        [one.get("parent") for one in about],
    )
    names = sorted(set(columns.leaf))
    lost = sorted((spec.touched | spec.protected) - set(names))
    if lost:
        raise CaseError(f"The leaf {lost[0]} has no confirm item that every run has answered.", dropped)
    models = {role: _scores([tables[id(e)] for e in by_role[role]], by_role[role], kept) for role in MODELS}
    has_p = _has_p(columns, names, [m for m in models.values() if m])
    known = np.array([has_p[names.index(leaf)] for leaf in columns.leaf])
    models = {role: m and Scores(m.y, np.where(known, m.p, 0.0), m.trained) for role, m in models.items()}
    pairs_y, pairs_p = _pairs(by_role["placebo"], tables, kept, known)
    history = [_history(case.get("history") or [], names, metric) for metric in "yp"]
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


Table = tuple[Array, Array]


def _table(
    entry: Mapping[str, Any], items: Mapping[str, Any], used: Sequence[str], searched: Sequence[str]
) -> tuple[Table, Table]:
    """One run's y and p on the used and on the search items (NaN where it has none), every value checked."""
    scores = entry["items"]
    if not scores.keys() <= items.keys():
        item = min(scores.keys() - items.keys())
        raise CaseError(f"A run of the {entry['role']} scored the item {item}, whose leaf is unknown.")
    tables = []
    for ids in (used, searched):
        values = [scores.get(item) or (math.nan, math.nan) for item in ids]
        y = np.array([math.nan if one[0] is None else one[0] for one in values], dtype=np.float64)
        p = np.array([math.nan if one[1] is None else one[1] for one in values], dtype=np.float64)
        tables.append((y, p))
    for item, one in scores.items():
        if one is not None:
            _check_score(entry["role"], item, one)
    return tables[0], tables[1]


def _check_score(role: str, item: str, one: Sequence[Any]) -> None:
    y, p = one
    if y != 0 and y != 1:
        raise CaseError(f"The {role} has y = {y} on the item {item}; it must be 0 or 1.")
    if p is not None and not 0 <= p <= 1:
        raise CaseError(f"The {role} has p = {p} on the item {item}; it must lie within 0 and 1.")


def _paired(tables: Sequence[Table], size: int) -> tuple[list[int], int]:
    """Columns that every run of every model has, in y and, where any has one, in p; and how many are not."""
    if not size:
        raise CaseError("There are no confirm items.")
    y = np.stack([table[0] for table in tables])
    p = np.isnan(np.stack([table[1] for table in tables]))
    whole = ~np.isnan(y).any(axis=0) & (p.all(axis=0) | ~p.any(axis=0))
    dropped = int(size - whole.sum())
    if dropped > MOST_DROPPED * size + 1e-9:
        raise CaseError(f"{dropped} of {size} items are unpaired or unanswered: more than 2 %.", dropped)
    return np.flatnonzero(whole).tolist(), dropped


def _scaled(table: tuple[Table, Table]) -> Array:
    used, searched = table[0][1], table[1][1]
    return scaled(used, temperature(searched) if len(searched) else np.float64(1.0) * np.ones(()))


def _scores(
    tables: Sequence[tuple[Table, Table]], entries: Sequence[Mapping[str, Any]], kept: Sequence[int]
) -> Scores | None:
    if not tables:
        return None
    y = np.stack([table[0][0][kept] for table in tables])
    p = np.stack([_scaled(table)[kept] for table in tables])
    return Scores(y, p, not (len(entries) == 1 and entries[0].get("seed") is None))


def _has_p(columns: Items, names: Sequence[str], models: Sequence[Scores]) -> Mask:
    without = np.isnan(np.concatenate([model.p for model in models])).any(axis=0)
    lacking = {leaf for leaf, none in zip(columns.leaf, without, strict=True) if none}
    return np.array([leaf not in lacking for leaf in names])


def _pairs(
    placebos: Sequence[Mapping[str, Any]],
    tables: Mapping[int, tuple[Table, Table]],
    kept: Sequence[int],
    known: Mask,
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Placebo pairs, on the items that both of a pair have."""
    joined: dict[str | None, list[Mapping[str, Any]]] = {}
    for entry in placebos:
        joined.setdefault(entry.get("pair"), []).append(entry)
    pairs_y, pairs_p = [], []
    for name, both in sorted(joined.items(), key=lambda one: str(one[0])):
        if len(both) != 2:
            raise CaseError(f"The placebo pair {name} has {len(both)} runs; it must have two.")
        y = np.stack([tables[id(entry)][0][0][kept] for entry in both])
        p = np.stack([_scaled(tables[id(entry)])[kept] for entry in both])
        in_y = np.flatnonzero(~np.isnan(y).any(axis=0))
        in_p = np.flatnonzero(~np.isnan(p).any(axis=0) & known)
        if len(in_y):
            pairs_y.append(Pair(in_y.tolist(), y[:, in_y]))
        if len(in_p):
            pairs_p.append(Pair(in_p.tolist(), p[:, in_p]))
    return tuple(pairs_y), tuple(pairs_p)


def _history(rows: Sequence[Mapping[str, Any]], names: Sequence[str], metric: str) -> PairSum:
    """Pairs of earlier batches, already as r and their number; leaves that are gone are passed over."""
    sums = no_pairs(len(names))
    for row in rows:
        if row["metric"] == metric and row["leaf"] in names:
            place = names.index(row["leaf"])
            sums.total[place] += row["r"] * row["pairs"]
            sums.weight[place] += row["pairs"]
    return sums


def _shipped(seed: Any, by_role: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[int, int] | None:
    """Places of the shipped runs: the candidate's by the declared seed, the release's by its mark."""
    ours = [i for i, entry in enumerate(by_role["candidate"]) if entry.get("seed") == seed is not None]
    ours = ours or [i for i, entry in enumerate(by_role["candidate"]) if entry.get("shipped")]
    theirs = [i for i, entry in enumerate(by_role["release"]) if entry.get("shipped")]
    if not theirs and len(by_role["release"]) == 1:
        theirs = [0]
    return (ours[0], theirs[0]) if ours and theirs else None


def compare_job(directory: Path) -> None:
    """case.json to result.json, written last and at once; a result that is there is left alone."""
    result = directory / "result.json"
    if result.exists():
        return
    found = compare(json.loads((directory / "case.json").read_text("utf-8")))
    partial = directory / "result.json.partial"
    partial.write_text(json.dumps(found, allow_nan=False, ensure_ascii=False, indent=1) + "\n", "utf-8")
    os.replace(partial, result)


def compare_lines(lines: Iterator[str]) -> Iterator[str]:
    """One result a line for one case a line, in order; a line that is no JSON is an invalid case."""
    for line in lines:
        if line.strip():
            try:
                found = compare(json.loads(line))
            except json.JSONDecodeError as error:
                found = invalid(f"The line is no JSON: {error}.")
            yield json.dumps(found, allow_nan=False, ensure_ascii=False)


def compare_main(argv: Sequence[str]) -> int:
    """`compare JOBDIR` or `compare --many FILE.jsonl`; 0 whatever the decision."""
    if len(argv) == 2 and argv[0] == "--many":
        with open(argv[1], encoding="utf-8") as lines:
            for line in compare_lines(iter(lines)):
                sys.stdout.write(line + "\n")
        return 0
    if len(argv) != 1 or argv[0].startswith("-"):
        sys.stderr.write("usage: python -m eval_harness compare JOBDIR | compare --many FILE.jsonl\n")
        return 2
    compare_job(Path(argv[0]))
    return 0
