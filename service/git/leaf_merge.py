"""Merge a leaf's ``qna.yaml`` by what it says: seeds that both sides added stand side by side.

A text merge always conflicts where two append to one list, and a union merge once mixed two answers. So the
added seeds' own lines are put behind the last seed, and the result is read back: it counts only where its
parse is what one side says plus what the other added. Everything else goes to a person.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import yaml

from triage_rules.yaml_tree import Unreadable, read_tree

SEEDS = "seed_examples"
Data = dict[str, Any]


@dataclass(frozen=True)
class Apart:
    """The two sides cannot stand together, and why, in a sentence for their authors."""

    why: str


@dataclass(frozen=True)
class _Side:
    lines: list[str]  # without line ends
    newline: str
    data: Data

    @property
    def seeds(self) -> list[str]:
        return [json.dumps(seed, sort_keys=True, default=str) for seed in self.data[SEEDS]]


def merge_leaf(base: bytes | None, ours: bytes, theirs: bytes, text: bytes | None) -> bytes | Apart:
    """One file out of two that grew from `base`; `text` is the clean text merge, where there is one."""
    if base is None:
        return Apart("Both sides made this leaf, each in its own way.")
    sides = [_read(part) for part in (base, ours, theirs)]
    o, a, b = sides
    if o is None or a is None or b is None:
        return Apart("A side of it is no leaf that can be read.")
    if clash := _clash(o, a, b):
        return Apart(f"Both sides answer the same question, and not alike: {clash[:200]}")
    wanted = _wanted(o, a, b)
    if wanted is None:
        return Apart("Both sides changed the same part of it, and not alike.")
    for candidate in (text, _appended(o, a, b, a), _appended(o, b, a, a)):
        if candidate is not None and _says(candidate, wanted):
            return candidate
    return Apart("Both sides changed the same lines of it.")


def _read(data: bytes) -> _Side | None:
    try:
        text = data.decode()
        if read_tree(
            data
        ).troubles:  # bounds a stranger's text before it is built; a key twice says two things
            return None
        built = yaml.load(_ended(text), Loader=yaml.CSafeLoader)
    except (UnicodeDecodeError, Unreadable, yaml.YAMLError):
        return None
    if not isinstance(built, dict) or not isinstance(built.get(SEEDS), list):
        return None
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    return _Side(_ended(text).replace("\r\n", "\n").split("\n")[:-1], newline, built)


def _ended(text: str) -> str:
    """A missing last line end is mended on every side: it would change the last `|` when lines follow."""
    return text if text.endswith("\n") else text + "\n"


def _wanted(o: _Side, a: _Side, b: _Side) -> tuple[Data, Counter[str]] | None:
    """What the merge must say: each key from the side that changed it, and the seeds of both, counted."""
    rest: Data = {}
    for key in {**a.data, **b.data, **o.data}:
        if key == SEEDS:
            continue
        was, here, there = (side.data.get(key, _ABSENT) for side in (o, a, b))
        if here != there and was not in (here, there):
            return None
        now = there if was == here else here
        if now is not _ABSENT:
            rest[key] = now
    old, here, there = Counter(o.seeds), Counter(a.seeds), Counter(b.seeds)
    kept: Counter[str] = Counter()
    for seed in {*old, *here, *there}:
        if here[seed] > old[seed] and there[seed] > old[seed]:
            kept[seed] = max(here[seed], there[seed])  # both added the very same
        else:
            kept[seed] = here[seed] + there[seed] - old[seed]
    return (rest, +kept) if min(kept.values(), default=0) >= 0 else None


_ABSENT = object()


def _says(candidate: bytes, wanted: tuple[Data, Counter[str]]) -> bool:
    side = _read(candidate)
    if side is None:
        return False
    rest = {key: value for key, value in side.data.items() if key != SEEDS}
    return (rest, Counter(side.seeds)) == wanted


def _clash(o: _Side, a: _Side, b: _Side) -> str | None:
    """A question that the two sides newly answer in two ways, in the same context."""
    old = _answers(o)
    here, there = _answers(a), _answers(b)
    for question in here.keys() & there.keys():
        added_here = here[question] - old.get(question, set())
        added_there = there[question] - old.get(question, set())
        if (added_here or added_there) and here[question] != there[question] and question not in old:
            return question[1]
        if added_here and added_there and added_here != added_there:
            return question[1]
    return None


def _answers(side: _Side) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for seed in side.data[SEEDS]:
        if not isinstance(seed, dict):
            continue
        pairs = seed.get("questions_and_answers", [seed])
        for pair in pairs if isinstance(pairs, list) else []:
            if isinstance(pair, dict) and "question" in pair:
                key = (_plain(seed.get("context", "")), _plain(pair["question"]))
                found.setdefault(key, set()).add(_plain(pair.get("answer", "")))
    return found


def _plain(value: object) -> str:
    return " ".join(str(value).casefold().split()).rstrip(" ?.!")


def _appended(o: _Side, into: _Side, added: _Side, ours: _Side) -> bytes | None:
    """`into` with the seeds that `added` brings behind its last one, in the line ends of `ours`."""
    here, there = _blocks(into.lines), _blocks(added.lines)
    if here is None or there is None or len(there.spans) != len(added.seeds) or not here.spans:
        return None
    known = Counter(o.seeds) | Counter(into.seeds)
    new: list[str] = []
    for seed, (start, end) in zip(added.seeds, there.spans, strict=True):
        if known[seed]:
            known[seed] -= 1
        else:
            new += [_moved(line, here.column - there.column) for line in added.lines[start:end]]
    at = here.spans[-1][1]
    lines = into.lines[:at] + new + into.lines[at:]
    return "".join(line + ours.newline for line in lines).encode()


def _moved(line: str, by: int) -> str:
    if not line.strip() or by == 0:
        return line
    return " " * by + line if by > 0 else line[min(-by, len(line) - len(line.lstrip(" "))) :]


@dataclass(frozen=True)
class _Blocks:
    column: int  # of the dashes
    spans: list[tuple[int, int]]  # first line, line behind the last


def _blocks(lines: list[str]) -> _Blocks | None:
    """Where each seed's lines stand; None for flow style, which is refused."""
    root = yaml.compose("\n".join(lines) + "\n", Loader=yaml.CSafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return None
    pairs = root.value
    place = next((i for i, (key, _) in enumerate(pairs) if key.value == SEEDS), None)
    if place is None:
        return None
    node = pairs[place][1]
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        return None
    column = node.start_mark.column
    end = pairs[place + 1][0].start_mark.line if place + 1 < len(pairs) else len(lines)
    starts = []
    for item in node.value:
        line = item.start_mark.line
        while line > node.start_mark.line and not lines[line][column:].startswith("-"):
            line -= 1
        starts.append(line)
    ends = [_trimmed(lines, s, e, column) for s, e in zip(starts, [*starts[1:], end], strict=True)]
    tops = [starts[0], *(_above(lines, s, e) for s, e in zip(starts[1:], ends, strict=False))]
    return _Blocks(column, list(zip(tops, ends, strict=True)))


def _above(lines: list[str], start: int, before: int) -> int:
    """The start with the comments right above it, down to the end of the seed before."""
    while start > before and lines[start - 1].lstrip(" ").startswith("#"):
        start -= 1
    return start


def _trimmed(lines: list[str], start: int, end: int, column: int) -> int:
    """The end without blank lines and comments left of the seed's text: they belong to what follows."""
    while end > start + 1:
        text = lines[end - 1].lstrip(" ")
        comment = text.startswith("#") and len(lines[end - 1]) - len(text) <= column
        if text.strip() and not comment:
            break
        end -= 1
    return end
