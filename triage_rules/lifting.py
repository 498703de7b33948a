"""A leaf lifted to the newest version of its schema: what a program can carry over, and gaps for the rest.

Skills change in their version alone. Knowledge of versions 1 and 2 lists questions; from 3 on they stand below passages
of the document, and an outline takes the place of the task's description. Seeds keep their words, their order and the
comments beside them; a leaf that would not read the same afterwards is not lifted.
"""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec

from triage_rules import draft
from triage_rules.fix import lines_of
from triage_rules.gap import OPEN, gap, is_gap
from triage_rules.raising import newest
from triage_rules.taxonomy import Leaf, Reading, read
from triage_rules.unversioned import written_as
from triage_rules.yaml_tree import Node

_WANTED = {
    "created_by": "your handle on the forge",
    "domain": "the field of knowledge, as a book would name a chapter",
    "document_outline": "what the document tells, in a sentence",
    "task_description": "what the skill does, in a sentence or two",
}
_EMPTY = re.compile(rf"({'|'.join(_WANTED)}) *:\s*(?:'\s*'|\"\s*\")?\s*")
CONTEXTS, DEEPER = 5, 4  # contexts that the schema asks for; columns by which a seed moves to the right


class Lifted(msgspec.Struct, frozen=True):
    """What became of a leaf: its new bytes, or why there are none (`current`: there is nothing to lift)."""

    data: bytes | None
    why: str = ""
    current: bool = False
    gaps: int = 0


def lift(path: str, data: bytes, contexts: int = CONTEXTS) -> Lifted:
    """The leaf in the newest version; ``contexts`` is how many a policy asks of knowledge."""
    reading = read(path, data)
    root, leaf = reading.root, reading.leaf
    if reading.tree is None or root is None or leaf is None or reading.version is None:
        return Lifted(None, "it can't be read: `upweight check` tells where")
    if reading.troubles:
        return Lifted(None, f"{reading.troubles[0].message.rstrip('.')}: mend that first")
    version = newest(reading.schema)
    if reading.version >= version:
        return Lifted(None, current=True)
    if (meant := written_as(reading)) is not None and meant >= version:
        return Lifted(None, f"it declares no version and is written as {meant}: write `version: {meant}` at its top, "
                      "or let `upweight fix` do it")  # fmt: skip
    lines = [text for text, _ in lines_of(reading.tree.text)]
    try:
        lifting = _Lifting(root, lines, max(contexts, CONTEXTS))
        after = lifting.knowledge(leaf) if reading.schema == "knowledge" else lines
        after = lifting.version(_filled(root, after), version)
    except NotPlain as error:
        return Lifted(None, str(error))
    text = ("\r\n" if b"\r\n" in data else "\n").join([*after, ""])
    return _checked(reading, leaf, path, text.encode("utf-8"))


def _checked(reading: Reading, leaf: Leaf, path: str, data: bytes) -> Lifted:
    """The result, where it reads as it should."""
    now = read(path, data)
    if now.leaf is None or now.root is None or now.version != newest(reading.schema) or now.troubles:
        return Lifted(None, "its layout is too unusual for a program")
    kept = [(s.question, s.answer) for s in now.leaf.seeds if not (is_gap(s.question) and is_gap(s.answer))]
    if kept != [(seed.question, seed.answer) for seed in leaf.seeds]:
        return Lifted(None, "its seeds would not read the same")
    told = {"created_by": leaf.created_by, "domain": leaf.domain, "document": leaf.document}
    if reading.schema != "knowledge":
        told["task_description"] = leaf.task_description
    if any(value and getattr(now.leaf, name) != value for name, value in told.items()):
        return Lifted(None, "it would not read the same")
    return Lifted(data, gaps=data.count(OPEN.encode()))


def _filled(root: Node, lines: list[str]) -> list[str]:
    """The lines with a gap at each key that has no value and can't be without."""
    blank = {
        key for key, child in root.children.items() if child.value is None or not str(child.value).strip()
    }
    found = [_EMPTY.fullmatch(line) for line in lines]
    return [
        f"{match[1]}: {gap(_WANTED[match[1]])}" if match is not None and match[1] in blank else line
        for match, line in zip(found, lines, strict=True)
    ]


class NotPlain(Exception):
    """A layout that is not lines below keys, and why that stops us."""


class _Lifting:
    """The lines of one leaf on their way."""

    def __init__(self, root: Node, lines: list[str], contexts: int) -> None:
        self.root, self.lines, self.contexts = root, lines, contexts
        if root.column != 1 or any(place[1] != 1 for place in root.keys.values()):
            raise NotPlain("its keys do not begin their lines")

    def version(self, lines: list[str], number: int) -> list[str]:
        """The declared version raised, or put above everything but comments and the document's start."""
        for at, line in enumerate(lines):
            if line.startswith("version:") and "version" in self.root.keys:
                comment = line.partition(" #")
                return [*lines[:at], f"version: {number}{''.join(comment[1:])}", *lines[at + 1 :]]
        first = min(place[0] for place in self.root.keys.values()) - 1
        return [*lines[:first], f"version: {number}", *lines[first:]]

    def knowledge(self, leaf: Leaf) -> list[str]:
        """Sections in their order; the seeds grouped, the task's description kept as a comment."""
        out: list[str] = []
        names = sorted(self.root.keys, key=lambda key: self.root.keys[key])
        starts = [self.root.keys[name][0] - 1 for name in names]
        out += self.lines[: starts[0]]
        for name, start, end in zip(names, starts, [*starts[1:], len(self.lines)], strict=True):
            part = self.lines[start:end]
            if name == "seed_examples":
                part = [*self._missing(), *self._grouped(part, start, leaf)]
            elif name == "task_description":
                part = [f"# {line}" if line.strip() and not line.startswith("#") else line for line in part]
            out += part
        return out

    def _missing(self) -> list[str]:
        """What version 3 asks for and the leaf has not."""
        there, wanted = self.root.keys, ("created_by", "domain", "document_outline")
        lines = [f"{name}: {gap(_WANTED[name])}" for name in wanted if name not in there]
        return lines if "document" in there else [*lines, *draft.document()]

    def _grouped(self, part: list[str], start: int, leaf: Leaf) -> list[str]:
        """The entries of ``seed_examples`` below passages, evenly and in their order."""
        entries = list(self.root.children["seed_examples"].children.values())
        if len(entries) != len(leaf.seeds) or any(seed.context for seed in leaf.seeds) or not entries:
            raise NotPlain("a seed has no question and answer, or has a context already")
        head, blocks, tail = self._blocks(part, start, entries)
        indent, out = " " * self._dash(entries[0]), head
        groups = max(self.contexts, -(-len(blocks) // draft.PAIRS))
        small, more = divmod(len(blocks), groups)
        at = 0
        for number in range(1, groups + 1):
            size = small + (number <= more)
            out += draft.context(number, indent)
            out.append(f"{indent}  questions_and_answers:")
            for block in blocks[at : at + size]:
                out += [" " * DEEPER + line if line.strip() else line for line in block]
            for letter in "abc"[size:]:
                out += draft.pair(f"{number}{letter}", indent + " " * DEEPER)
            at += size
        return [*out, *tail]

    def _dash(self, entry: Node) -> int:
        """The column of the `-` of an entry, from 0."""
        line = self.lines[entry.line - 1]
        at = line.rfind("-", 0, entry.column - 1)
        if at < 0 or line[:at].strip() or line[at + 1 : entry.column - 1].strip():
            raise NotPlain("an entry of `seed_examples` does not begin with `- ` on its first key's line")
        return at

    def _blocks(
        self, part: list[str], start: int, entries: list[Node]
    ) -> tuple[list[str], list[list[str]], list[str]]:
        """The section's head, the lines of each entry with the comments above it, and the comments at its end."""
        dash = self._dash(entries[0])
        firsts = [self._first(entry.line - 1 - start, part, dash) for entry in entries]
        if any(self._dash(entry) != dash for entry in entries):
            raise NotPlain("the entries of `seed_examples` are indented unevenly")
        end = len(part)
        while end > firsts[-1] + 1 and (not part[end - 1].strip() or part[end - 1].startswith("#")):
            end -= 1
        bounds = [*firsts, end]
        blocks = [part[a:b] for a, b in pairwise(bounds)]
        return part[: firsts[0]], blocks, part[end:]

    def _first(self, at: int, part: list[str], dash: int) -> int:
        """The first of the comments right above an entry, which go with it."""
        while at > 1:
            bare = part[at - 1].lstrip(" ")
            if not bare.startswith("#") or len(part[at - 1]) - len(bare) > dash:
                break
            at -= 1
        return at
