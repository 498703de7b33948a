"""Schema errors that a program can mend: a version that may be raised, a text that YAML takes for a number.

The version is raised only where the leaf, as it stands, is what the newest schema asks for.
"""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from triage_rules import schemas
from triage_rules.fix import Edit, Fix, apply, replaced
from triage_rules.taxonomy import Reading, read
from triage_rules.yaml_tree import Node, Unreadable, read_tree

_VERSION = re.compile(r"(version *: *)([^\s#,{}\[\]]+)( *(?:#.*)?)")  # alone in its line, and in no brackets
_PLAIN = re.compile(
    r"(?P<head> *(?:- +)*[\w-]+ *: +)(?P<value>[^\s'\"#&*!|>\[\]{},][^#'\"\\]*?)(?P<rest>\s*(?: #.*)?)"
)
MOST_WIDE = 2000  # characters of a line that is looked at


def newest(name: str) -> int:
    """The newest version of a schema that there is."""
    return next(number for number in count(1) if not schemas.known(number + 1, name))


def raised(reading: Reading) -> Fix | None:
    """The version that the leaf declares, raised to the newest, where nothing else would have to change."""
    if reading.tree is None or reading.root is None:
        return None
    version = newest(reading.schema)
    fix = _declared(reading.root, reading.tree.text.split("\n"), version)
    if fix is None:
        return None
    declared = reading.root.children.get("version")
    if declared is not None and declared.kind == "int":  # another number there changes nothing else
        return None if _breaks(reading.root, version, reading.schema) else fix
    data, _ = apply(reading.tree.text.encode("utf-8"), [fix])
    lifted = read(reading.path, data)
    if lifted.root is None or lifted.version != version or _rest(lifted.root) != _rest(reading.root):
        return None
    return None if _breaks(lifted.root, version, reading.schema) else fix


def _breaks(root: Node, version: int, schema: str) -> bool:
    """Has the schema of this version a complaint? How many seeds there are is another rule's business."""
    return any(
        (each.keyword, each.path) != ("minItems", ("seed_examples",))
        for each in schemas.problems(root, version, schema, assumed=True)
    )


def _rest(root: Node) -> dict[str, Any]:
    return {key: value for key, value in root.value.items() if key != "version"}


def _declared(root: Node, lines: list[str], version: int) -> Fix | None:
    what = f"Declare version {version}."
    if "version" not in root.keys:
        line = min(place[0] for place in root.keys.values())
        return Fix(what, (Edit(line, (), (f"version: {version}",)),))
    number = root.keys["version"][0]
    found = _VERSION.fullmatch(lines[number - 1])
    if found is None or found[2] == str(version):
        return None
    return replaced(number, found[0], f"{found[1]}{version}{found[3]}", what)


def quoted(root: Node, lines: list[str], problem: schemas.Problem) -> Fix | None:
    """A value in quotes that is a text to its author and a number, or yes and no, to YAML."""
    if not problem.path or problem.path == ("version",):
        return None
    key, value = problem.path[-1], root.at(list(problem.path)).value
    if not isinstance(value, bool | int | float) or not isinstance(key, str) or problem.line > len(lines):
        return None
    line = lines[problem.line - 1]
    found = _PLAIN.fullmatch(line) if len(line) <= MOST_WIDE else None
    if found is None:
        return None
    after = f'{found["head"]}"{found["value"]}"{found["rest"]}'
    same = _alone(line).get(key) == value and _alone(after) == {key: found["value"]}
    return replaced(problem.line, line, after, "Put it in quotes.") if same else None


def _alone(line: str) -> dict[str, Any]:
    """A line's key and value, read by themselves."""
    try:
        root = read_tree(line.lstrip(" -").encode("utf-8")).root
    except Unreadable:
        return {}
    return root.value if root is not None and isinstance(root.value, dict) else {}
