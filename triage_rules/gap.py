"""A gap: a place in a leaf that was written by a program and waits for its author's words.

`upweight new` and `upweight migrate` leave gaps; the rule placeholder-text finds them, and the others wait until they
are filled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from triage_rules.contribution import Contribution
from triage_rules.finding import Finding, Place, Weight
from triage_rules.plain_text import as_lines
from triage_rules.taxonomy import ATTRIBUTION, Reading
from triage_rules.yaml_tree import Node

OPEN = "<TO WRITE "
_GAP = re.compile(r"<TO WRITE ([^<>\n]{1,300})>")


class Gap(NamedTuple):
    """Where it stands (its key, and the line to which the value runs at least), and what is to be written there."""

    place: Place
    last: int
    key: str
    what: str


def gap(what: str) -> str:
    """The mark for what is to be written."""
    return f"{OPEN}{what}>"


def is_gap(text: str) -> bool:
    """Does this text hold a gap?"""
    return _GAP.search(text) is not None


def gaps(contribution: Contribution) -> Iterator[Gap]:
    """The gaps of all leaves in the change, and of the attributions beside them."""
    for path in contribution.leaf_files:
        if OPEN.encode() in (contribution.content(path) or b""):
            reading = contribution.reading_of(path)
            if reading.root is not None:
                yield from _walk(reading, reading.root)
    for folder in contribution.folders:
        data = contribution.attribution(folder) or b""
        if OPEN.encode() in data:
            text = as_lines(data.decode("utf-8", "replace"))
            for number, line in enumerate(text.split("\n"), 1):
                if found := _GAP.search(line):
                    place = Place(f"{folder}/{ATTRIBUTION}", number, 1)
                    yield Gap(place, number, line.partition(":")[0].strip(), found[1])


def _walk(reading: Reading, node: Node, name: str = "") -> Iterator[Gap]:
    for key, child in node.children.items():
        own = key if isinstance(key, str) else name
        if child.children:
            yield from _walk(reading, child, own)
        elif isinstance(child.value, str) and (found := _GAP.search(child.value)):
            line, column = node.keys.get(str(key), (child.line, child.column))
            yield Gap(Place(reading.path, line, column), max(line, child.line), own, found[1])


def waiting(findings: list[Finding], contribution: Contribution, finder: str) -> list[Finding]:
    """The findings without what other rules say of a gap's own lines.

    What weighs more than to be mended stays, and what weighs more than the gap itself: else whoever writes one into a
    line would hide that line where a policy only notes gaps, or looks for them elsewhere.
    """
    told: dict[str, Weight] = {}
    for each in findings:
        if each.rule == finder:
            told[each.path] = min(Weight(each.weight), told.get(each.path, Weight.fix))
    lines = {
        (g.place.path, line) for g in gaps(contribution) for line in range(g.place.line or 0, g.last + 1)
    }
    return [
        each
        for each in findings
        if each.rule == finder
        or each.path not in told
        or (each.path, each.line) not in lines
        or each.weight > told[each.path]
    ]
