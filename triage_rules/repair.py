"""What of a file that is no YAML a program can mend: text on the line of `|` or not deeper than its key, no space
after a key's colon, a text with a colon and no quotes, a tab as indent, a byte order mark.

Only where one reading is possible: a fix is tried, and is offered where the file can then be read further than before.
"""

from __future__ import annotations

import re
from typing import Any

from triage_rules.fix import Edit, Fix, apply, lines_of, replaced
from triage_rules.yaml_tree import Trouble, Unreadable, read_tree

MARK = "\ufeff"
WIDTHS = (2, 4, 8)
KEYS = "question|answer|context|created_by|task_description|domain|document_outline|repo|commit|version"
MOST_TABS, MOST_LINES, MOST_WIDE, MOST_BYTES = 12, 60, 2000, 64 * 1024
_BLOCK = re.compile(
    r"(?P<head>(?P<lead> *(?:- +)*)[\w-]+ *: *[|>][+-]?)(?:[ \t]+(?=[^\s#])|(?=[^\s#|>+\-0-9]))(?P<text>[^|]+)"
)  # a bar in the text: a table, perhaps, whose first bar is no mark of a block

_NAMES = f"{KEYS}|seed_examples|questions_and_answers|document|patterns"
_SHALLOW = ("could not find expected ':'", "did not find expected key", "did not find expected '-'")
_HEADER = re.compile(r"(?P<lead> *(?:- +)*)[\w-]+ *: *[|>][+-]?[ \t]*")
_KEYED = re.compile(rf"(?P<lead> *(?:- +)*)(?:{_NAMES}) *:(?:\s|$)")
_TEXT = re.compile(
    rf"(?P<head> *(?:- +)*(?:{KEYS}) *: +)(?P<text>[^\s'\"|>&*!%@`\[\]{{}},?-].*?)(?P<rest>\s*)"
)
_STUCK = re.compile(rf"( *(?:- +)*(?:{KEYS}):)([^\s:/].*)")


def repair(data: bytes, trouble: Trouble) -> Fix | None:
    """The fix of what stopped the reading, or of what was met on the way; None where a person has to look."""
    if len(data) > MOST_BYTES:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines = [line for line, _ in lines_of(text)]
    if "byte order mark" in trouble.message and text.startswith(MARK):
        return replaced(1, lines[0], lines[0].lstrip(MARK), "Take away the byte order mark.")
    if trouble.line is None or trouble.line < 1 or not lines:
        return None
    number = min(trouble.line, len(lines))  # the reader may stumble below the last line
    if "expected comment or line break" in trouble.message:
        return _below(data, lines, number)
    if _a_tab(trouble):
        return _spaced(data, trouble)
    if "mapping values are not allowed" in trouble.message:
        return _parted(data, lines, number, trouble) or _quoted(data, lines, number, trouble)
    if any(part in trouble.message for part in _SHALLOW):
        return _parted(data, lines, number, trouble) or _deeper(data, lines, number, trouble)
    return None


def _parted(data: bytes, lines: list[str], number: int, trouble: Trouble) -> Fix | None:
    """A space after the colon of a leaf's key; the reader stumbles there or on the next line."""
    for each in (number, number - 1):
        found = _STUCK.fullmatch(lines[each - 1]) if each else None
        if found is not None:
            fix = replaced(
                each, found[0], f"{found[1]} {found[2]}", f"Put a space after `{found[1].strip(' -')}`."
            )
            return fix if _further(data, fix, trouble) else None
    return None


def _deeper(data: bytes, lines: list[str], number: int, trouble: Trouble) -> Fix | None:
    """The lines of a text below `|` deeper than its key: up to the leaf's next key they can be nothing else."""
    for start in range(number - 1, max(-1, number - 1 - MOST_LINES), -1):
        found = _HEADER.fullmatch(lines[start])
        if found is None:
            continue
        key = len(found["lead"])
        stop = next((at for at in range(start + 1, len(lines)) if _ends(lines[at], key)), len(lines))
        edits = _moved(lines, start + 1, min(stop, start + 1 + MOST_LINES), key)
        fix = Fix("Indent the lines of the text deeper than its key.", tuple(edits))
        return fix if edits and _further(data, fix, trouble) else None
    return None


def _ends(line: str, key: int) -> bool:
    """Whether a line is the leaf's next key, no deeper than the one whose text is looked at."""
    found = _KEYED.match(line)
    return found is not None and len(found["lead"]) <= key


def _moved(lines: list[str], start: int, stop: int, key: int) -> list[Edit]:
    """Lines that are not deeper than the key, moved to where the text stands, as far from one another as they are."""
    depth = {
        at: len(lines[at]) - len(lines[at].lstrip(" ")) for at in range(start, stop) if lines[at].strip()
    }
    shallow = [each for each in depth.values() if each <= key]
    if not shallow:
        return []
    first = next(iter(depth.values()))
    right = (first if first > key else key + 2) - min(shallow)
    return [
        Edit(at + 1, (lines[at],), (" " * right + lines[at],)) for at, each in depth.items() if each <= key
    ]


def _quoted(data: bytes, lines: list[str], number: int, trouble: Trouble) -> Fix | None:
    """A text with a colon in quotes, where it is one line between two of the leaf's keys."""
    if len(lines[number - 1]) > MOST_WIDE:
        return None
    found, below = (
        _TEXT.fullmatch(lines[number - 1]),
        next((each for each in lines[number:] if each.strip()), ""),
    )
    if found is None or " #" in found["text"] or (below and not _KEYED.match(below)):
        return None
    text = found["text"].replace("'", "''")
    fix = replaced(number, found[0], f"{found['head']}'{text}'{found['rest']}", "Put the text in quotes.")
    return fix if _further(data, fix, trouble) else None


def _further(data: bytes, fix: Fix, trouble: Trouble) -> bool:
    """Whether the reader gets further with it: to the end, to a later line, or to another trouble in this one."""
    now = _trouble(apply(data, [fix])[0])
    if now is None or trouble.line is None or now.line is None:
        return now is None
    return now.line > trouble.line or (now.line == trouble.line and now.message != trouble.message)


def _below(data: bytes, lines: list[str], number: int) -> Fix | None:
    """The text after `|` on a line of its own, as deep as what follows it."""
    line = lines[number - 1]
    found = _BLOCK.fullmatch(line)
    if found is None:
        return None
    key = len(found["lead"])
    after = next((each for each in lines[number:] if each.strip()), "")
    deep = len(after) - len(after.lstrip(" "))
    indent = deep if deep > key else key + 2
    edit = Edit(number, (line,), (found["head"], " " * indent + found["text"].rstrip()))
    fix = Fix("Put the text on the line after `|`.", (edit,))
    further = _trouble(apply(data, [fix])[0])
    return fix if further is None or (further.line or 0) > number + 1 else None


def _a_tab(trouble: Trouble) -> bool:
    return trouble.message.startswith("A tab stands here")


def _trouble(data: bytes) -> Trouble | None:
    try:
        read_tree(data)
    except Unreadable as error:
        return error.trouble
    return None


def _spaced(data: bytes, trouble: Trouble) -> Fix | None:
    """Spaces for the tabs that stop the reading, where every usual width of a tab gives the same values."""
    ways: list[tuple[Fix, Any]] = []
    for width in WIDTHS:
        fix = _expanded(data, trouble, width)
        try:
            root = read_tree(apply(data, [fix])[0]).root
        except Unreadable:
            continue
        ways.append((fix, root.value if root is not None else None))
    return ways[0][0] if ways and all(value == ways[0][1] for _, value in ways) else None


def _expanded(data: bytes, trouble: Trouble | None, width: int) -> Fix:
    lines = [line for line, _ in lines_of(data.decode("utf-8"))]
    fix, edits = Fix("Indent with spaces, not with tabs."), dict[int, Edit]()
    while trouble is not None and _a_tab(trouble) and trouble.line is not None and len(edits) < MOST_TABS:
        if trouble.line in edits or trouble.line > len(lines):
            break
        line = lines[trouble.line - 1]
        rest = line.lstrip(" \t")
        spaces = line[: len(line) - len(rest)].expandtabs(width)
        edits[trouble.line] = Edit(trouble.line, (line,), (spaces + rest,))
        fix = Fix(fix.what, tuple(edits.values()))
        trouble = _trouble(apply(data, [fix])[0])
    return fix
