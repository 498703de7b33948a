"""What of a file's layout a program can mend: spaces at line ends, blank lines, the last newline.

A fix that could move a value is tried first, by reading the file again; what would not read the same is not offered.
"""

from __future__ import annotations

import re
from functools import cached_property

from triage_rules.fix import Edit, Fix, apply, replaced
from triage_rules.lint import Smudge
from triage_rules.yaml_tree import Tree, Unreadable, read_tree

MOST_TRIED, MOST_BYTES = (
    8,
    64 * 1024,
)  # readings of one file for its fixes, and the size from which none is tried
_COUNTED = re.compile(r"\((\d+) > (\d+)\)")


class Layout:
    """The fixes of one file that was read."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._tries = MOST_TRIED if len(tree.text) <= MOST_BYTES else 0

    @cached_property
    def _lines(self) -> list[str]:
        return self._tree.text.split("\n")

    def fix(self, smudge: Smudge) -> Fix | None:
        """The fix of one complaint of the linter, None where a person has to look."""
        line = self._lines[smudge.line - 1] if 0 < smudge.line <= len(self._lines) else ""
        if smudge.rule == "trailing-spaces":
            return _trimmed(smudge.line, line)
        if smudge.rule == "new-line-at-end-of-file" and line == self._lines[-1]:
            return replaced(len(self._lines), line, line, "End the file with a newline.")
        if smudge.rule == "empty-lines":
            return self._fewer(smudge)
        return None

    def _fewer(self, smudge: Smudge) -> Fix | None:
        counted = _COUNTED.search(smudge.message)
        if counted is None or self._tries <= 0:
            return None
        extra = int(counted.group(1)) - int(counted.group(2))
        first = smudge.line - extra + 1
        if first < 1 or any(self._lines[first - 1 : smudge.line]):
            return None
        self._tries -= 1
        fix = Fix("Take out the blank lines.", (Edit(first, ("",) * extra, ()),))
        return fix if self._same(fix) else None

    def _same(self, fix: Fix) -> bool:
        data, taken = apply(self._tree.text.encode("utf-8"), [fix])
        try:
            root = read_tree(data).root
        except Unreadable:
            return False
        ours = self._tree.root
        return bool(taken) and root is not None and ours is not None and root.value == ours.value


def _trimmed(number: int, line: str) -> Fix | None:
    """Without the spaces at its end; a backslash before them holds one of them fast."""
    bare = line.rstrip(" \t")
    if bare == line or bare.endswith("\\"):
        return None
    return replaced(number, line, bare, "Take away the spaces at the end of the line.")
