"""YAML from a stranger, bounded before it is built: bytes to a tree whose every node knows its place.

The limits are checked on the parser's stream of events, so that nothing deep, endless or self-referring
is ever constructed, and before any slower reader (the linter) sees the text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

MAX_BYTES = 256 * 1024
MAX_SCALAR = 64 * 1024
MAX_DEPTH = 16
MAX_EVENTS = 20_000
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Step = str | int
_resolver = Resolver()
_STR = "tag:yaml.org,2002:str"


class Trouble(msgspec.Struct, frozen=True):
    """Why a text cannot be read, or is not what it seems; ``hostile`` where no honest author gets there."""

    message: str
    line: int | None
    column: int | None
    remedy: str
    hostile: bool = False


class Unreadable(Exception):
    """The text was given up at the trouble it carries."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


class Node:
    """One value with its place; ``children`` by key or index, ``keys`` are the places of a mapping's keys."""

    __slots__ = ("children", "column", "keys", "line", "value")

    def __init__(self, value: Any, line: int, column: int) -> None:
        self.value = value
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
    text, troubles = _decode(data)
    builder = _Builder(troubles)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_syntax(error)) from error
    except yaml.YAMLError as error:
        raise Unreadable(Trouble(_one_line(str(error)), None, None, "Remove the character.")) from error
    return Tree(text, builder.root, tuple(troubles), builder.flow)


def _decode(data: bytes) -> tuple[str, list[Trouble]]:
    troubles: list[Trouble] = []
    if len(data) > MAX_BYTES:
        message = f"The file has {len(data)} bytes; {MAX_BYTES} are the limit."
        raise Unreadable(
            Trouble(
                message, None, None, "Keep the seeds short and put the text into the cited document.", True
            )
        )
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise Unreadable(
            Trouble("A NUL byte stands in the text.", line, None, "Save the file as plain UTF-8 text.", True)
        )
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        troubles.append(
            Trouble("The file begins with a byte order mark.", 1, 1, "Save it as UTF-8 without the mark.")
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(Trouble("The file is not UTF-8.", line, None, "Save it as UTF-8.")) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not BIDI.isdisjoint(text):
        offset = next(i for i, letter in enumerate(text) if letter in BIDI)
        line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
        message = "A character that turns the direction of writing is hidden in this line."
        troubles.append(Trouble(message, line, column, "Remove the control characters.", True))
    return text, troubles


def _events(text: str) -> Iterator[Any]:
    for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader), 1):
        if count > MAX_EVENTS:
            raise Unreadable(_at(event, f"More than {MAX_EVENTS} values.", "Split the leaf.", True))
        yield event


class _Builder:
    """Puts the tree together from events and refuses what no leaf needs."""

    def __init__(self, troubles: list[Trouble]) -> None:
        self.root: Node | None = None
        self.troubles = troubles
        self.stack: list[Node] = []
        self.pending: list[tuple[str, Any] | None] = []  # the key that waits for its value, a mapping each
        self.documents = 0
        self.flow = False

    def take(self, event: Any) -> None:
        """One event of the parser."""
        if isinstance(event, yaml.ScalarEvent):
            self._plain(event)
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._plain(event)
            self._open(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self.stack.pop()
            self.pending.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise Unreadable(
                _at(event, "An alias (`*name`); leaves are written out in full.", "Repeat the text.")
            )
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise Unreadable(
                    _at(
                        event,
                        "A second YAML document begins here.",
                        "One leaf, one document: remove the `---`.",
                    )
                )

    def _open(self, event: Any, empty: Any) -> None:
        mark = event.start_mark
        self.flow = self.flow or bool(event.flow_style)
        node = Node(empty, mark.line + 1, mark.column + 1)
        self._add(node, event)
        self.stack.append(node)
        self.pending.append(None)
        if len(self.stack) > MAX_DEPTH:
            raise Unreadable(_at(event, f"Nested deeper than {MAX_DEPTH} levels.", "Flatten the file.", True))

    def _plain(self, event: Any) -> None:
        if event.anchor is not None:
            raise Unreadable(
                _at(
                    event,
                    "An anchor (`&name`); leaves are written out in full.",
                    "Remove it, or quote the text.",
                )
            )
        if event.tag is not None:
            raise Unreadable(
                _at(event, "A tag (`!name`); leaves have none.", "Remove it, or quote the text.")
            )

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        if len(event.value) > MAX_SCALAR:
            raise Unreadable(
                _at(
                    event, f"A text of more than {MAX_SCALAR} characters.", "Cite the document instead.", True
                )
            )
        inside_map = bool(self.stack) and isinstance(self.stack[-1].value, dict)
        if inside_map and self.pending[-1] is None:
            self._key(event)
        else:
            self._add(Node(_value(event), mark.line + 1, mark.column + 1), event)

    def _key(self, event: Any) -> None:
        mark, node = event.start_mark, self.stack[-1]
        plain = event.implicit[0]
        if plain and event.value == "<<":
            raise Unreadable(
                _at(event, "A merge key (`<<`); leaves are written out in full.", "Write the keys out.")
            )
        value = _value(event)
        key = value if isinstance(value, str) else event.value
        if key in node.keys:
            message = (
                f"The key `{clip(key)}` stands here a second time; the first is in line {node.keys[key][0]}."
            )
            self.troubles.append(_at(event, message, "Keep one of the two."))
        node.keys[key] = (mark.line + 1, mark.column + 1)
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
            raise Unreadable(
                _at(event, "A key that is itself a list or a mapping.", "Write the key as a word.")
            )
        parent.children[waiting[0]] = node
        parent.value[waiting[0]] = node.value
        self.pending[-1] = None


def _value(event: Any) -> Any:
    """A scalar's value as the reference's loader makes it; dates and the like, which no schema takes, are
    None.
    """
    if not event.implicit[0]:
        return event.value
    tag: str = _resolver.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
    if tag == _STR:
        return event.value
    try:
        value = SafeConstructor().construct_object(yaml.ScalarNode(tag, event.value))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        message = f"`{clip(event.value)}` reads as a {tag.rsplit(':', 1)[-1]} that does not exist."
        raise Unreadable(_at(event, message, "Put it in quotes.")) from error
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (bool, int, float, str)) else None


def _at(event: Any, message: str, remedy: str, hostile: bool = False) -> Trouble:
    mark = event.start_mark
    return Trouble(message, mark.line + 1, mark.column + 1, remedy, hostile)


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
    ("unexpected end of stream", "Close the quote."),
    ("unknown escape", "Use single quotes, or `|` and a new line, for text with backslashes."),
)


def _syntax(error: yaml.MarkedYAMLError) -> Trouble:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or "this cannot be parsed"
    remedy = next(
        (advice for part, advice in _REMEDIES if part in problem), "Check indentation and quotes here."
    )
    where = f" ({error.context})" if error.context else ""
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    return Trouble(f"Not YAML: {_one_line(problem + where)}.", line, column, remedy)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def clip(text: str, size: int = 40) -> str:
    """A stranger's text in one short line without backticks, for use in a message."""
    line = _one_line(text).replace("`", "'")
    return line if len(line) <= size else line[: size - 1] + "…"
