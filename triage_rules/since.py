"""What changed between two revisions of one contribution: their outlines and verdicts compared.

Whoever looked at the one has the other explained by it: which seeds came and went, which answers now say something
else, which rules are silent now and which have begun to speak. Nothing is read anew, so it costs no stranger's time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import msgspec

from triage_rules.outline import FileMark, Outline, same_but_for_layout
from triage_rules.taxonomy import Leaf, Seed

ADDED, REMOVED, ALTERED, LAYOUT = "added", "removed", "altered", "layout"
ANSWER, CONTEXT, QUESTION, BOTH = (
    "answer altered",
    "context altered",
    "question reworded",
    "answer and context altered",
)
MOST_NAMED = 4  # rules in the one line


class Shift(msgspec.Struct, frozen=True):
    """One text that says something else now: `old` or `new` is empty where there was none, or is none."""

    name: str
    old: str
    new: str


class SeedChange(msgspec.Struct, frozen=True):
    """One seed that came, went, or says something else; the line counts in the file of the revision that has it."""

    what: str
    question: str
    answer: str
    line: int
    shifts: tuple[Shift, ...] = ()


class LeafChange(msgspec.Struct, frozen=True):
    """What became of one leaf: of its seeds, and of what it says of itself."""

    file: str
    what: str
    seeds: tuple[SeedChange, ...] = ()
    shifts: tuple[Shift, ...] = ()


class FileChange(msgspec.Struct, frozen=True):
    """What became of one file; `layout` where it says the same."""

    path: str
    what: str


class RuleChange(msgspec.Struct, frozen=True):
    """How often one rule spoke before and speaks now."""

    rule: str
    before: int
    now: int


class Difference(msgspec.Struct, frozen=True):
    """All of it; `judged_alike` says that policy and rules were the same both times."""

    leaves: tuple[LeafChange, ...]
    attributions: tuple[Shift, ...]
    files: tuple[FileChange, ...]
    rules: tuple[RuleChange, ...]
    unchecked: tuple[str, ...]  # rules that spoke before and could not look now
    only_layout: bool
    judged_alike: bool

    @property
    def green(self) -> tuple[RuleChange, ...]:
        """Rules that found something before, looked again, and find nothing now."""
        return tuple(rule for rule in self.rules if not rule.now and rule.rule not in self.unchecked)

    @property
    def found(self) -> tuple[RuleChange, ...]:
        """Rules that find something now and found nothing before."""
        return tuple(rule for rule in self.rules if not rule.before)

    @property
    def moved(self) -> tuple[RuleChange, ...]:
        """Rules that find less than before, or more."""
        return tuple(rule for rule in self.rules if rule.before and rule.now)

    def summary(self) -> str:
        """All of it in one line: counts and the names of rules, nothing that a contributor wrote."""
        parts = _counted(self)
        if self.green:
            parts.append(f"no longer found: {_names(self.green)}")
        if self.found:
            parts.append(f"newly found: {_names(self.found)}")
        if self.moved:
            parts.append(f"otherwise often: {_names(self.moved)}")
        if self.unchecked:
            parts.append(f"could not be looked at again: {', '.join(self.unchecked[:MOST_NAMED])}")
        return "; ".join(parts)


def difference(old: Outline, new: Outline, before: dict[str, Any], now: dict[str, Any]) -> Difference:
    """What changed from one revision to another; `before` and `now` are their verdicts as JSON."""
    leaves, files = tuple(_leaves(old, new)), tuple(_files(old, new))
    altered = [file.path for file in files if file.what == ALTERED and file.path in old.attributions]
    sources = [Shift(path, old.attributions[path], new.attributions.get(path, "")) for path in altered]
    shown = {leaf.file for leaf in leaves} | set(altered)
    return Difference(
        leaves=leaves,
        attributions=tuple(sources),
        files=tuple(file for file in files if file.path not in shown or file.what == LAYOUT),
        rules=tuple(_rules(before, now)),
        unchecked=_unchecked(before, now),
        only_layout=same_but_for_layout(old, new),
        judged_alike=all(before.get(key) == now.get(key) for key in ("policy_hash", "rules_version")),
    )


def _leaves(old: Outline, new: Outline) -> Iterable[LeafChange]:
    was, has = {leaf.file: leaf for leaf in old.leaves}, {leaf.file: leaf for leaf in new.leaves}
    for file in sorted(was | has):
        one, other = was.get(file), has.get(file)
        if one is None or other is None:
            what, leaf = (ADDED, other) if one is None else (REMOVED, one)
            seeds = leaf.seeds if leaf is not None else ()
            yield LeafChange(file, what, tuple(_one(what, seed) for seed in seeds))
            continue
        seeds_now, shifts = tuple(_seeds(one.seeds, other.seeds)), tuple(_shifts(one, other))
        if seeds_now or shifts:
            yield LeafChange(file, ALTERED, seeds_now, shifts)


def _shifts(old: Leaf, new: Leaf) -> Iterable[Shift]:
    """What a leaf says of itself."""
    for name in (
        "kind",
        "version",
        "created_by",
        "task_description",
        "domain",
        "document_outline",
        "document",
    ):
        was, is_now = (_told(getattr(leaf, name)) for leaf in (old, new))
        if was != is_now:
            yield Shift(name, was, is_now)


def _told(value: Any) -> str:
    if isinstance(value, msgspec.Struct):
        return ", ".join(f"{name} {_told(each)}" for name, each in msgspec.structs.asdict(value).items())
    return (
        " ".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else str(value)
    )


Key = Callable[[Seed], Hashable]
# What two seeds must have in common to be one seed that was altered, from the surest to the least sure.
PAIRING: tuple[tuple[str, Key], ...] = (
    ("", lambda seed: (_tight(seed.question), _tight(seed.answer), _tight(seed.context))),
    (ANSWER, lambda seed: (_tight(seed.question), _tight(seed.context))),
    (CONTEXT, lambda seed: (_tight(seed.question), _tight(seed.answer))),
    (BOTH, lambda seed: _tight(seed.question)),
    (QUESTION, lambda seed: (_tight(seed.answer), _tight(seed.context))),
)


def _seeds(old: Sequence[Seed], new: Sequence[Seed]) -> list[SeedChange]:
    """The seeds that differ, in the order of the newer file, what is gone behind it."""
    left, found = list(old), dict[int, SeedChange | None]()
    for what, key in PAIRING:
        waiting: dict[Hashable, list[Seed]] = {}
        for seed in reversed(left):
            waiting.setdefault(key(seed), []).append(seed)
        for place, seed in enumerate(new):
            if place not in found and waiting.get(key(seed)):
                twin = waiting[key(seed)].pop()
                found[place] = _altered(what, twin, seed) if what else None
        left = sorted((seed for same in waiting.values() for seed in same), key=lambda seed: seed.index)
    changes = [found.get(place, _one(ADDED, seed)) for place, seed in enumerate(new)]
    return [change for change in changes if change] + [_one(REMOVED, seed) for seed in left]


def _one(what: str, seed: Seed) -> SeedChange:
    return SeedChange(what, seed.question, seed.answer, seed.line)


def _altered(what: str, old: Seed, new: Seed) -> SeedChange:
    pairs = [
        (name, getattr(old, name) or "", getattr(new, name) or "")
        for name in ("question", "context", "answer")
    ]
    shifts = tuple(Shift(name, was, now) for name, was, now in pairs if _tight(was) != _tight(now))
    return SeedChange(what, new.question, new.answer, new.line, shifts)


def _tight(text: str | None) -> str:
    """A text without its layout: whoever compares seeds does not care where a line was broken."""
    return " ".join((text or "").split())


def _files(old: Outline, new: Outline) -> Iterable[FileChange]:
    was, has = ({file.path: file for file in outline.files} for outline in (old, new))
    for path in sorted(was | has):
        one, other = was.get(path), has.get(path)
        if one is None or other is None:
            yield FileChange(path, ADDED if one is None else REMOVED)
        elif (one.status, one.mode, one.before, one.after) != (
            other.status,
            other.mode,
            other.before,
            other.after,
        ):
            yield FileChange(path, LAYOUT if _says_the_same(one, other) else ALTERED)


def _says_the_same(one: FileMark, other: FileMark) -> bool:
    return one.said is not None and (one.status, one.mode, one.before, one.said) == (
        other.status, other.mode, other.before, other.said,
    )  # fmt: skip


def _rules(before: dict[str, Any], now: dict[str, Any]) -> Iterable[RuleChange]:
    counts = [_how_often(verdict) for verdict in (before, now)]
    for rule in sorted({*counts[0], *counts[1]}):
        was, is_now = (count.get(rule, 0) for count in counts)
        if was != is_now:
            yield RuleChange(rule, was, is_now)


def _how_often(verdict: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for finding in verdict.get("findings", ()):
        found[finding["rule"]] = found.get(finding["rule"], 0) + 1
    return found


def _unchecked(before: dict[str, Any], now: dict[str, Any]) -> tuple[str, ...]:
    spoke = set(_how_often(before)) - set(_how_often(now))
    return tuple(sorted(spoke & {each["rule"] for each in now.get("not_checked", ())}))


def _counted(told: Difference) -> list[str]:
    """The counts of what changed in the files."""
    if told.only_layout:
        return ["only the layout changed" if told.files else "no file changed"]
    kinds = [seed.what for leaf in told.leaves for seed in leaf.seeds if leaf.what == ALTERED]
    parts = [
        _many(kinds.count(what), *words)
        for what, words in (
            (ADDED, ("seed added", "seeds added")), (REMOVED, ("seed removed", "seeds removed")),
            (ANSWER, (ANSWER, "answers altered")), (CONTEXT, (CONTEXT, "contexts altered")),
            (BOTH, (BOTH, "answers and contexts altered")), (QUESTION, (QUESTION, "questions reworded")),
        )
    ]  # fmt: skip
    for what in (ADDED, REMOVED):
        parts.append(_many(sum(leaf.what == what for leaf in told.leaves), f"leaf {what}", f"leaves {what}"))
    said = sorted({shift.name.replace("_", " ") for leaf in told.leaves for shift in leaf.shifts})
    parts.append(f"{', '.join(said)} altered" if said else "")
    parts.append(_many(len(told.attributions), "attribution altered", "attributions altered"))
    for what, words in ((ADDED, "added"), (REMOVED, "removed"), (ALTERED, "altered")):
        count = sum(file.what == what for file in told.files)
        parts.append(_many(count, f"more file {words}", f"more files {words}"))
    return [part for part in parts if part] or ["no seed and no source changed"]


def _many(count: int, one: str, more: str) -> str:
    return "" if not count else f"{count} {one if count == 1 else more}"


def _names(rules: Sequence[RuleChange]) -> str:
    named = [
        f"{rule.rule} ({rule.before} → {rule.now})" if rule.before and rule.now else rule.rule
        for rule in rules
    ]
    rest = len(named) - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
