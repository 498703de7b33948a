"""What a batch is for: to teach more (`gain`), to correct what was released (`repair`), to take leaves back (`remove`).

The gate asks accordingly.

A maintainer declares it when the batch is formed; where nobody does, the members' changes say it. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from triage_rules.taxonomy import Leaf

PROFILES = ("gain", "repair", "remove")
Version = tuple[str, Leaf | None, Leaf | None]  # path, before, after


def suggested(changes: Iterable[Version], released: Collection[str]) -> str:
    """`repair` where the members give released leaves' questions other answers and ask nothing new, `remove` where all
    that they do is to take released leaves away; else `gain`."""
    listed = list(changes)
    if listed and len(withdrawn(listed, released)) == len(listed):
        return "remove"
    corrected = False
    for path, old, new in listed:
        before, after = _answers(old), _answers(new)
        if after.keys() - before.keys() or (after and path not in released):
            return "gain"
        corrected = corrected or any(before[asked] != answer for asked, answer in after.items())
    return "repair" if corrected else "gain"


def withdrawn(changes: Iterable[Version], released: Collection[str]) -> list[str]:
    """The released leaves that are there no more."""
    return [path for path, old, new in changes if old and not new and path in released]


def settled(declared: str | None, by_diff: str) -> str:
    """The profile of a batch: what was declared, else what the members' changes say.

    A removal has no test of its own, so nothing may hide in one: a batch is judged as a removal only where it is
    nothing else.
    """
    return by_diff if declared in (None, "remove") else str(declared)


def _answers(leaf: Leaf | None) -> dict[tuple[str, str | None], str]:
    """The answer to each question of a leaf, in its context."""
    return {(s.question.casefold(), s.context): s.answer for s in leaf.seeds} if leaf else {}


def disagreement(declared: str | None, by_diff: str) -> list[str]:
    """A note for the batch where a person declared another thing than the members' changes say."""
    if declared is None or declared == by_diff:
        return []
    does = {
        "gain": "its members add seeds or leaves, which a repair does not ask to have been learned",
        "repair": "its members only correct answers of released leaves, whose old answers a gain would protect",
        "remove": "its members only take released leaves away, whose rows any other batch keeps in the mix",
    }
    then = " It is judged as that." if declared == "remove" else ""
    return [f"Declared as {declared}, but it looks like {by_diff}: {does[by_diff]}.{then}"]
