"""YAML from a stranger, bounded before it is built: bytes to a tree whose every node knows its place.

The limits are checked on the parser's stream of events, so that nothing deep, endless or self-referring
is ever constructed, and before any slower reader (the linter) sees the text.
"""

from __future__ import annotations

import math
import re
from itertools import product
from typing import Any, NoReturn

import msgspec
import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from triage_rules.plain_text import (
    MAX_BYTES,
    MOST_TROUBLES,
    Trouble,
    Unreadable,
    clip,
    decoded,
    one_line,
    place,
)

__all__ = ["MAX_BYTES", "Node", "Step", "Tree", "Trouble", "Unreadable", "clip", "read_tree"]

MAX_SCALAR = 64 * 1024
MAX_DEPTH = 16
MAX_EVENTS = 20_000
LARGEST = 2**63  # of a number: no schema needs a larger one, and not every reader of JSON has them

Step = str | int
_resolver = Resolver()
_TAGS = "tag:yaml.org,2002:"
_STR = _TAGS + "str"


class Node:
    """One value with its place; ``children`` by key or index, ``keys`` are the places of a mapping's keys.

    ``kind`` is what YAML takes a plain text for (``str``, ``null``, ``timestamp`` ...); of a date the value is None.
    """

    __slots__ = ("children", "column", "keys", "kind", "line", "value")

    def __init__(self, value: Any, line: int, column: int, kind: str = "str") -> None:
        self.value = value
        self.kind = kind
        self.line = line
        self.column = column
        self.children: dict[Step, Node] = {}
        self.keys: dict[str, tuple[int, int]] = {}

    def at(self, path: list[Step]) -> Node:
        """The deepest node on the path that exists."""
        node = self
        for step in path:
            if step not in node.children:
                break
            node = node.children[step]
        return node


class Tree(msgspec.Struct, frozen=True):
    """A text read: its root (None for an empty document), and troubles that did not stop the reading.

    ``flow`` says whether a list or a mapping in brackets stands in it.
    """

    text: str
    root: Node | None
    troubles: tuple[Trouble, ...]
    flow: bool = False


def read_tree(data: bytes) -> Tree:
    """Read bytes within the limits; raises ``Unreadable`` with the first trouble that stops the reading."""
    text, troubles = decoded(data)
    builder = _Builder(text, troubles)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_syntax(text, error)) from error
    except yaml.YAMLError as error:
        raise Unreadable(Trouble(one_line(str(error)), None, None, "Remove the character.")) from error
    return Tree(text, builder.root, tuple(troubles), builder.flow)


class _Builder:
    """Puts the tree together from events and refuses what no leaf needs."""

    def __init__(self, text: str, troubles: list[Trouble]) -> None:
        self.text = text
        # YAML counts lines where no editor does; where there is none of these its own count holds
        self.straight = text.isascii() or not any(map(text.__contains__, "\x85\u2028\u2029"))
        self.root: Node | None = None
        self.events = 0
        self.troubles = troubles
        self.stack: list[Node] = []
        self.pending: list[tuple[str, Any] | None] = []  # the key that waits for its value, a mapping each
        self.documents = 0
        self.flow = False

    def take(self, event: Any) -> None:
        """One event of the parser."""
        self.events += 1
        if self.events > MAX_EVENTS:
            self._refuse(event, f"More than {MAX_EVENTS} values.", "Split the leaf.", True)
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._plain(event)
            self._scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._plain(event)
            self._open(event, {} if kind is yaml.MappingStartEvent else [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.stack.pop()
            self.pending.pop()
        elif kind is yaml.AliasEvent:
            self._refuse(event, "An alias (`*name`); leaves are written out in full.", "Repeat the text.")
        elif kind is yaml.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                message = "A second YAML document begins here."
                self._refuse(event, message, "One leaf, one document: remove the `---`.")

    def _place(self, event: Any) -> tuple[int, int]:
        mark = event.start_mark
        return (mark.line + 1, mark.column + 1) if self.straight else place(self.text, mark.index)

    def _refuse(self, event: Any, message: str, remedy: str, hostile: bool = False) -> NoReturn:
        raise Unreadable(Trouble(message, *self._place(event), remedy, hostile))

    def _open(self, event: Any, empty: Any) -> None:
        self.flow = self.flow or bool(event.flow_style)
        node = Node(empty, *self._place(event))
        self._add(node, event)
        self.stack.append(node)
        self.pending.append(None)
        if len(self.stack) > MAX_DEPTH:
            self._refuse(event, f"Nested deeper than {MAX_DEPTH} levels.", "Flatten the file.", True)

    def _plain(self, event: Any) -> None:
        if event.anchor is not None and len(self.troubles) < MOST_TROUBLES:  # what refers to it is refused
            message = "An anchor (`&name`); leaves are written out in full."
            self.troubles.append(Trouble(message, *self._place(event), "Remove it, or quote the text."))
        if event.tag is not None:
            self._refuse(event, "A tag (`!name`); leaves have none.", "Remove it, or quote the text.")

    def _scalar(self, event: Any) -> None:
        if len(event.value) > MAX_SCALAR:
            message = f"A text of more than {MAX_SCALAR} characters."
            self._refuse(event, message, "Cite the document instead.", True)
        inside_map = bool(self.stack) and isinstance(self.stack[-1].value, dict)
        if inside_map and self.pending[-1] is None:
            self._key(event)
        else:
            value, kind = self._value(event)
            self._add(Node(value, *self._place(event), kind), event)

    def _value(self, event: Any) -> tuple[Any, str]:
        """A scalar's value as the reference's loader makes it, and what YAML takes it for; dates and the like, which
        no schema takes, are None.
        """
        if not event.implicit[0] or event.value[:1] not in _resolver.yaml_implicit_resolvers:
            return event.value, "str"
        tag: str = _resolver.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
        if tag == _STR:
            return event.value, "str"
        kind = tag.removeprefix(_TAGS)
        try:
            value = SafeConstructor().construct_object(yaml.ScalarNode(tag, event.value))
        except (yaml.YAMLError, ValueError, OverflowError):
            message = f"`{clip(event.value)}` reads as {_KINDS.get(kind, kind)} that does not exist."
            self._refuse(event, message, "Put it in quotes.")
        if isinstance(value, int) and abs(value) >= LARGEST:
            self._refuse(event, f"`{clip(event.value)}` is too large a number.", "Put it in quotes.")
        if isinstance(value, float) and not math.isfinite(value):
            return None, kind
        return (value if isinstance(value, (bool, int, float, str)) else None), kind

    def _key(self, event: Any) -> None:
        line, column = self._place(event)
        node = self.stack[-1]
        if event.implicit[0] and event.value == "<<":
            self._refuse(event, "A merge key (`<<`); leaves are written out in full.", "Write the keys out.")
        value, _kind = self._value(event)
        key = value if isinstance(value, str) else event.value
        if key in node.keys:
            first = node.keys[key][0]
            message = f"The key `{clip(key)}` stands here a second time; the first is in line {first}."
            self.troubles.append(Trouble(message, line, column, "Keep one of the two."))
        node.keys[key] = (line, column)
        self.pending[-1] = (key, event)

    def _add(self, node: Node, event: Any) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if isinstance(parent.value, list):
            parent.children[len(parent.value)] = node
            parent.value.append(node.value)
            return
        waiting = self.pending[-1]
        if waiting is None:
            self._refuse(event, "A key that is itself a list or a mapping.", "Write the key as a word.")
        parent.children[waiting[0]] = node
        parent.value[waiting[0]] = node.value
        self.pending[-1] = None


_KINDS = {
    "merge": "a merge key",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "value": "a value",
}
_REMEDIES = (
    ("did not find expected comment or line break", "Put the text on the line after `|`, indented."),
    (
        "cannot start any token",
        "Indent with spaces, and put text that begins with a special character in quotes.",
    ),
    ("mapping values are not allowed", "Put a text that contains `: ` in quotes, or on the line after `|`."),
    ("could not find expected ':'", "Indent the lines of the text deeper than its key."),
    ("did not find expected key", "Line the keys up, and indent the lines of a text deeper than its key."),
    (
        "did not find expected '-' indicator",
        "Line the `-` up, and indent the lines of a text deeper than its key.",
    ),
    ("unknown escape", "Use single quotes, or `|` and a new line, for text with backslashes."),
)


# What stands in a line where nobody wrote YAML: the parser's own words are no help there.
_STRANGE = (
    (
        re.compile(r"(<{7}|={7}|>{7})(?=[ \n]|$)"),
        "A mark of an unfinished merge stands here.",
        "Keep one of the two sides, and remove the three marks.",
    ),
    (
        re.compile(r"[ \t]*(```|~~~)"),
        "A fence of Markdown stands here.",
        "Remove it: the file is YAML from its first line to its last.",
    ),
    (
        re.compile(r"[ \t]*(<(?:!doctype|html|head|body|div|p)\b)", re.IGNORECASE),
        "This is a web page, not YAML.",
        "Take the file itself, for example by the button for the raw text.",
    ),
    (
        re.compile(r"[ \t]*([\xa0\u2000-\u200b\u202f\u3000])"),
        "A space that is none for YAML stands at the beginning of the line.",
        "Indent with spaces from the keyboard.",
    ),
)


def _syntax(text: str, error: yaml.MarkedYAMLError) -> Trouble:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or "this cannot be parsed"
    at = min(mark.index, len(text)) if mark else 0
    if "unexpected end of stream" in problem and error.context_mark is not None:
        message = "A quote is opened here and never closed."
        return Trouble(message, *place(text, error.context_mark.index), "Close the quote.")
    begin = text.rfind("\n", 0, at) + 1
    before = text[begin:at]
    above = text.rfind("\n", 0, max(0, begin - 1)) + 1  # where the parser is one line further already
    for line, (sign, message, remedy) in product((above, begin), _STRANGE):
        if found := sign.match(text, line):
            return Trouble(message, *place(text, found.start(1)), remedy)
    if text[at : at + 1] == "\t" or ("\t" in before and not before.strip()):
        at -= len(before) - before.index("\t") if "\t" in before else 0
        return Trouble(
            "A tab stands here; YAML indents with spaces.", *place(text, at), "Indent with spaces."
        )
    remedy = next(
        (advice for part, advice in _REMEDIES if part in problem), "Check indentation and quotes here."
    )
    where = f" ({error.context})" if error.context else ""
    return Trouble(f"Not YAML: {one_line(problem + where)}.", *place(text, at), remedy)
