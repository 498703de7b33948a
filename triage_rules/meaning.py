"""What a file says, its layout aside: one digest for all files that say the same.

Layout is what no reader and no training sees: indentation, the style of quotes, the order of keys, space at the ends
of lines and of texts, a last newline. Comments are no layout: they are published, and nobody may slip one in. In doubt
two files are not the same: a file that can't be read whole, or that says a thing twice, has no digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.resolver import Resolver

from triage_rules.attribution import read_attribution
from triage_rules.taxonomy import ATTRIBUTION, Reading

_resolver = Resolver()
_STR = "tag:yaml.org,2002:str"


def said_by_leaf(reading: Reading) -> str | None:
    """The digest of what a leaf's YAML says and remarks; None where that can't be told."""
    if reading.tree is None or reading.troubles:
        return None
    events = iter(yaml.parse(reading.tree.text, Loader=yaml.CSafeLoader))  # read before, so within its limits
    value = next((_node(event, events) for event in events if _begins(event)), None)
    return _digest([value, _remarks(reading.tree.text)])


def said_by_attribution(data: bytes) -> str | None:
    """The digest of an attribution's lines and of the works that they tell of; None where it is no UTF-8."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines = [" ".join(re.split("[ \t\r]+", line)).strip() for line in text.split("\n")]
    works = [[[e.field, e.value] for e in block.entries] for block in read_attribution(data).blocks]
    return _digest([[line for line in lines if line], works])


def said_by(path: str, data: bytes, reading: Reading | None) -> str | None:
    """The digest of what any file says; of what is neither a leaf nor an attribution every byte counts."""
    if reading is not None:
        return said_by_leaf(reading)
    if path.rpartition("/")[2] == ATTRIBUTION:
        return said_by_attribution(data)
    return digest_of(data)


def digest_of(data: bytes) -> str:
    """The digest of bytes as they are."""
    return hashlib.sha256(data).hexdigest()


def _digest(value: Any) -> str:
    return digest_of(json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode())


def _begins(event: Any) -> bool:
    return isinstance(event, (yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent))


def _node(event: Any, events: Iterator[Any]) -> Any:
    """One value: texts tidied, other scalars as they are written, keys in their order of the alphabet."""
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    found: list[Any] = []
    for inner in events:
        if isinstance(inner, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            break
        found.append(_node(inner, events))
    if isinstance(event, yaml.SequenceStartEvent):
        return ["list", *found]
    pairs = zip(found[::2], found[1::2], strict=True)
    return ["map", *sorted(([json.dumps(key), value] for key, value in pairs), key=lambda pair: str(pair[0]))]


def _scalar(event: Any) -> list[str]:
    plain = event.implicit[0]
    tag: str = _resolver.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
    if plain and tag != _STR:
        return ["value", event.value]
    lines = [line.rstrip(" \t") for line in event.value.split("\n")]
    return ["text", "\n".join(lines).rstrip("\n")]


def _remarks(text: str) -> list[str]:
    """Whatever stands behind a `#`, in whatever order: more than the comments, and surely all of them."""
    return sorted(line.partition("#")[2].rstrip() for line in text.split("\n") if "#" in line)
