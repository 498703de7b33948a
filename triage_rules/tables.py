"""A file of TOML as tables, and a table as a model: whatever is wrong is refused with its line and the remedy.

What nobody knows is refused with the nearest right name, because a misspelled limit that is silently ignored is
worse than none. Values have the type that is asked for: `"7"` is no number.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from triage_rules.toml_lines import MARK, Path, Places, line_of
from triage_rules.wanted import wanted

MOST_BYTES = 256 * 1024
MOST_FAULTS = 20  # lines that are no TOML, of one file
_DEEP = re.compile(r"""(?<![A-Za-z0-9_-])(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')(?:[ \t]*+\.[ \t]*+"""
                   r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')){16}""")  # fmt: skip
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_STATEMENT = re.compile(
    r"\s*(?:\[\[?[A-Za-z\"'][^,]*\]|[\w.\"'-]+[ \t]*=)"
)  # a key or a header, as it begins
_TWICE = re.compile(r"Cannot (?:overwrite|declare|mutate|redefine|define)|Duplicate", re.IGNORECASE)

M = TypeVar("M", bound=BaseModel)
Locate = Callable[[Path], int]


class PolicyError(Exception):
    """A policy that cannot be taken: file, line, what is wrong and how to mend it; ``others`` that are wrong beside."""

    def __init__(self, path: str, line: int, message: str, remedy: str) -> None:
        super().__init__(f"{path}:{line}: {message} {remedy}".strip())
        self.path = path
        self.line = line
        self.message = message
        self.remedy = remedy
        self.others: tuple[PolicyError, ...] = ()

    @property
    def all(self) -> tuple[PolicyError, ...]:
        """This one and the others, as they stand in the file."""
        return (self, *self.others)


class Mistakes:
    """What is wrong with a file, gathered while it is read: whoever mends one mistake at a time mends all afternoon."""

    def __init__(self) -> None:
        self._found: list[PolicyError] = []

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Take note of a mistake that ends this block, and go on behind it."""
        try:
            yield
        except PolicyError as error:
            self._found += error.all

    def add(self, error: PolicyError) -> None:
        """Take note of one."""
        self._found.append(error)

    def tell(self) -> None:
        """Raise the first of the file with the others beside it; nothing where there is none."""
        if self._found:
            first, *others = sorted(self._found, key=lambda each: each.line)
            first.others = tuple(others)
            raise first


def decoded(data: bytes, path: str) -> str:
    """The text of a file's bytes, a byte order mark left out. Raises PolicyError."""
    if len(data) > MOST_BYTES:
        remedy = "A policy says what differs from the defaults; the rest can go."
        raise PolicyError(path, 1, f"It is larger than {MOST_BYTES // 1024} KB.", remedy)
    try:
        return data.decode().removeprefix(MARK)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PolicyError(path, line, "It is not UTF-8.", "Save the file as UTF-8.") from None


def parsed(text: str, path: str) -> dict[str, Any]:
    """The tables of a text. Raises PolicyError, also where it is too large or too deep to be read quickly."""
    if len(text) > MOST_BYTES:
        decoded(text.encode(), path)
    if deep := _DEEP.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise PolicyError(path, line, "A name of so many parts is not known.", "Name one key of one table.")
    try:
        return tomllib.loads(text.removeprefix(MARK))
    except RecursionError:
        line = Places(text).last[1]
        raise PolicyError(path, line, "Brackets are nested too deeply.", "Take some away.") from None
    except ValueError as error:  # a number of thousands of digits is no TOMLDecodeError
        raise _no_toml(text, path, str(error)) from None


def parsed_on(text: str, path: str, mistakes: Mistakes) -> tuple[dict[str, Any], str]:
    """The tables of what can be read where lines that are no TOML are left out, and the text that is left.

    What stands under a faulty header is left out with it. Where a fault runs on into the next line (a bracket that is
    never closed), nobody knows what the rest was meant to be: then only what stands before it is read.
    """
    lines, end = text.split("\n"), 0
    for _ in range(MOST_FAULTS):
        left = "\n".join(lines)
        try:
            return parsed(left, path), left
        except PolicyError as error:
            at = error.line - 1
            if at < end:
                break
            mistakes.add(error)
            if at >= len(lines) or not lines[at].strip():
                end = at + 1
                break
            end = _left_out(lines, at)
    before = "\n".join(lines[: max(0, end - 1)])
    with suppress(PolicyError):
        return parsed(before, path), before
    return {}, ""


def _left_out(lines: list[str], at: int) -> int:
    """Empty a line, with all that stands under it if it is a header; the first line where a fault is another one."""
    block = lines[at].lstrip().startswith("[")
    lines[at] = ""
    end = at + 1
    while block and end < len(lines) and not lines[end].lstrip().startswith("["):
        lines[end] = ""
        end += 1
    return end if block else end + 1


def _no_toml(text: str, path: str, said: str) -> PolicyError:
    """The reader's complaint at its line: it names the end of what is wrong, or of the whole document."""
    at = _AT.search(said)
    said = said[: at.start()] if at else said
    if at is None or at[1] is None:
        return PolicyError(path, Places(text).last[1], f"Not TOML: {said}.", "Mend the line.")
    lines = text.replace("\r\n", "\n").split("\n")
    before = "\n".join([*lines[: int(at[1]) - 1], lines[int(at[1]) - 1][: int(at[2]) - 1]])
    if _TWICE.search(said) and (last := Places(before).last)[0]:
        name = ".".join(map(str, last[0]))
        return PolicyError(path, last[1], f"`{name}` is given twice.", "Keep one of the two.")
    if _STATEMENT.match(lines[int(at[1]) - 1]) and _open("\n".join(lines[: int(at[1]) - 1])):
        key, line = Places(before).last
        return PolicyError(path, line, f"Not TOML: `{dotted(key)}` is never closed.", "Close it.")
    return PolicyError(path, int(at[1]), f"Not TOML: {said}, column {at[2]}.", "Mend the line.")


def _open(text: str) -> bool:
    """Does a list, a table or a text begin in it and not end?"""
    try:
        tomllib.loads(text)
    except ValueError as error:
        return "end of document" in str(error)
    return False


def checked(model: type[M], table: Any, keys: Path, path: str, locate: Locate) -> M:
    """The model that a table fills; `keys` is where the table stands. Raises PolicyError, with all that is wrong."""
    if not isinstance(table, dict):
        raise PolicyError(path, locate(keys), f"`{dotted(keys)}` is no table.", f"Write `[{dotted(keys)}]`.")
    mistakes, seen = Mistakes(), set[Path]()
    for place in _odd(table, keys):
        seen.add(place)
        message = f"`{dotted(place)}`: no setting takes this."
        mistakes.add(PolicyError(path, locate(place), message, "Change the value."))
    spelled = _spelled(_even(table), keys, path, locate, mistakes)
    try:  # as JSON, where a list may be a tuple and nothing else becomes what it is not
        taken = model.model_validate_json(json.dumps(spelled), strict=True)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            where = keys + _written(table, each["loc"])
            if where not in seen:  # of several types that a setting may have, each has a complaint
                seen.add(where)
                mistakes.add(_wrong(model, each, where, path, locate(where)))
    mistakes.tell()
    return taken


def _wrong(model: type[BaseModel], error: ErrorDetails, where: Path, path: str, line: int) -> PolicyError:
    if error["type"] == "extra_forbidden":
        names = _names(model, error["loc"])
        return unknown(path, line, f"`{dotted(where)}` is not known.", str(error["loc"][-1]), names)
    return PolicyError(path, line, f"`{dotted(where)}`: {wanted(error)}.", "Change the value.")


def unknown(path: str, line: int, message: str, name: str, right: Iterable[str]) -> PolicyError:
    """The refusal of a name that nobody knows, with the nearest one that is right, else with all of them."""
    known = sorted(right)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    remedy = f"Did you mean `{near[0]}`?" if near else f"Known are: {', '.join(known)}."
    return PolicyError(path, line, message, remedy)


def locator(text: str) -> Locate:
    """Where the keys of this text stand."""
    return lambda keys: line_of(text, keys)


def dotted(keys: Path) -> str:
    """A path as one reads it: `rules.closed-topic.topics[0].name`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def _spelled(
    table: Mapping[str, Any], keys: Path, path: str, locate: Locate, mistakes: Mistakes
) -> dict[str, Any]:
    """The table with `_` for `-` in its own keys; both spellings of one key are one too many."""
    spelled: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name in spelled:
            message = f"`{dotted((*keys, key))}` is given twice, with `-` and with `_`."
            mistakes.add(PolicyError(path, locate((*keys, key)), message, "Keep one of the two."))
        spelled[name] = value
    return spelled


def _odd(value: Any, place: Path) -> Iterator[Path]:
    """Where a date stands, or a number without end: TOML has them, and no setting does."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _odd(each, (*place, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _odd(each, (*place, index))
    elif _strange(value):
        yield place


def _strange(value: Any) -> bool:
    return not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value))


def _even(value: Any) -> Any:
    """The same with nothing in the place of what is odd."""
    if isinstance(value, dict):
        return {key: _even(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_even(each) for each in value]
    return None if _strange(value) else value


def _written(table: Any, loc: tuple[int | str, ...]) -> Path:
    """The part of an error's place that is written in the file: behind it pydantic names types that it tried."""
    path: Path = ()
    here = table
    for step in loc:
        if isinstance(here, dict):
            key = next(
                (key for key in here if key == step or (not path and key.replace("-", "_") == step)), None
            )
            if key is None:
                break
            here, path = here[key], (*path, key)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here, path = here[step], (*path, step)
        else:
            break
    return path


def _names(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The right names at the depth of the wrong one: the model's, or those of what stands in its lists."""
    for step in loc[:-1]:
        if isinstance(step, str) and (field := model.model_fields.get(step)) is not None:
            inner = next(_models(field.annotation), None)
            if inner is None:
                return []
            model = inner
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
