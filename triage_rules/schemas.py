"""The community's JSON Schemas, versions 1 to 3, from the package that publishes them.

They are read once; ``problems`` says what is wrong in a person's words and at which node.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import msgspec

from triage_rules.yaml_tree import Node, Step, clip

FOLDERS = ("compositional_skills", "knowledge")


class Problem(msgspec.Struct, frozen=True):
    """One error of the schema: its keyword, the path to the node, where that is, and a sentence."""

    keyword: str
    path: tuple[Step, ...]
    line: int
    column: int
    message: str
    remedy: str


def schema_name(path: str, contents: Any) -> str:
    """Which schema a file is judged by: the last of its folders that names one, else by having a document."""
    for part in reversed(path.split("/")):
        if part in FOLDERS:
            return part
    return "knowledge" if isinstance(contents, dict) and "document" in contents else "compositional_skills"


def declared_version(contents: dict[str, Any]) -> int:
    """The schema version that a leaf declares; 1 where it declares none or none that is a number."""
    value = contents.get("version", 1)
    if isinstance(value, int):
        return int(value) if not isinstance(value, bool) else 0  # `version: yes` is none that there is
    try:
        version = int(value)
    except (ValueError, TypeError, OverflowError):
        return 1
    return version if abs(version) < 2**53 else 0  # no JSON could tell a larger one, and there is none


@lru_cache(maxsize=32)
def _load(version: int, name: str) -> tuple[Any, bool] | None:
    """The compiled schema and whether it is deprecated; None where there is no such version."""
    folder = files("instructlab.schema") / f"v{version}"
    if not (folder / f"{name}.json").is_file():
        return None
    schema = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    shared = json.loads((folder / "version.json").read_text(encoding="utf-8"))
    deprecated = bool(schema.pop("deprecated", False))
    identified = {**schema, "$id": f"https://schema.invalid/v{version}/{name}.json"}
    return jsonschema_rs.Draft202012Validator(identified, retriever=lambda _uri: shared), deprecated


def deprecated(version: int, name: str) -> bool:
    """Does the reference checker take this version no more (knowledge below 3)?"""
    loaded = _load(version, name) if type(version) is int and 0 < version < 1000 else None
    return loaded is not None and loaded[1]


def known(version: int, name: str) -> bool:
    """Is there a schema of this version?"""
    return type(version) is int and 0 < version < 1000 and _load(version, name) is not None


def valid(root: Node, version: int, name: str) -> bool:
    """Whether the schema has no complaint: quicker than asking for the problems."""
    if not known(version, name):
        return False
    loaded = _load(version, name)
    return loaded is not None and bool(loaded[0].is_valid(root.value))


def problems(root: Node, version: int, name: str, assumed: bool = False) -> Iterator[Problem]:
    """What the schema has to say, each at its node; ``assumed``: as if the leaf declared this version."""
    if not known(version, name):
        line, column = root.keys.get("version", (root.line, root.column))
        message = f"There is no version {clip(str(version))} of the schema."
        yield Problem("version", ("version",), line, column, message, "Use `version: 3`.")
        return
    loaded = _load(version, name)
    if loaded is None:
        return
    for error in loaded[0].iter_errors({**root.value, "version": version} if assumed else root.value):
        yield from _explain(root, error, version)


def _explain(root: Node, error: Any, version: int) -> Iterator[Problem]:
    path: list[Step] = list(error.instance_path)
    kind, node = error.kind, root.at(path)
    name = kind.name
    if name == "unevaluatedProperties":
        for key in kind.unexpected:
            line, column = node.keys.get(key, (node.line, node.column))
            message = (
                f"{_where(path)}has a key `{clip(key)}` that version {version} of the schema does not know."
            )
            yield Problem(
                name,
                (*path, key),
                line,
                column,
                message,
                f"Remove `{clip(key)}`, or check its spelling and indent.",
            )
        return
    line, column = _place(root, path, node)
    message, remedy = _sentence(name, kind, path, node, error)
    yield Problem(name, tuple(path), line, column, message, remedy)


def _place(root: Node, path: list[Step], node: Node) -> tuple[int, int]:
    """The node's own place; an empty value is shown at its key."""
    if path and isinstance(path[-1], str) and (node.kind == "null" or node.value == ""):
        return root.at(path[:-1]).keys.get(path[-1], (node.line, node.column))
    return node.line, node.column


def _where(path: list[Step]) -> str:
    if not path:
        return "The leaf "
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return f"`{clip(text, 80)}` "


def _sentence(name: str, kind: Any, path: list[Step], node: Node, error: Any) -> tuple[str, str]:
    where = _where(path)
    if name == "required":
        return f"{where}has no `{kind.property}`.", f"Add `{kind.property}:`."
    if name == "minLength":
        return f"{where}is empty.", "Fill it in."
    if name == "minItems":
        return f"{where}has {len(node.value)} entries; at least {kind.limit} are needed.", "Add more."
    if name == "uniqueItems":
        return f"{where}has two entries that are equal.", "Change or remove one of them."
    if name == "const":
        return f"{where}must be {kind.expected_value}.", f"Write `{path[-1]}: {kind.expected_value}`."
    if name == "type":
        wanted = "|".join(kind.types) if isinstance(kind.types, list) else str(kind.types)
        found = {dict: "a mapping", list: "a list", bool: "yes or no", int: "a number", float: "a number"}
        empty = _NO_VALUE.get(node.kind, "empty")
        is_now = empty if node.value is None else found.get(type(node.value), "a text")
        return f"{where}is {is_now}; {_KINDS.get(wanted, wanted)} is needed.", _TYPE_REMEDY.get(
            wanted, "Change it."
        )
    return f"{where}{clip(str(error.message), 160)}", "Change it to what the schema asks for."


_NO_VALUE = {"timestamp": "a date", "float": "no finite number"}
_KINDS = {"string": "a text", "object": "a mapping", "array": "a list", "integer": "a whole number"}
_TYPE_REMEDY = {
    "string": "Write a text; put numbers, dates, yes and no in quotes.",
    "object": "Write `key: value` lines, indented below it.",
    "array": "Write a list, each entry after a `-`.",
    "integer": "Write a number without quotes.",
}
