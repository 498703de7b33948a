"""What a rule is, and how the house finds them: a file in ``triage_rules/rules`` is a rule, named by its
fault.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from triage_rules import rules
from triage_rules.facts import NEEDS
from triage_rules.facts import Facts as Facts  # what every rule that needs one imports beside `rule`
from triage_rules.finding import Place, Weight
from triage_rules.fix import Fix


class Hit(NamedTuple):
    """What a check yields; the rule's own weight and remedy hold where none is given. ``fix`` where mechanical."""

    place: Place
    message: str
    remedy: str = ""
    weight: Weight | None = None
    fix: Fix | None = None


def _a_weight(value: str) -> str:
    if value not in Weight.__members__:
        raise ValueError(f"a weight is one of {', '.join(Weight.__members__)}")
    return value


WeightName = Annotated[str, AfterValidator(_a_weight)]
Share = Annotated[float, Field(ge=0, le=1)]  # a part of a whole: 5 in a hundred are 0.05
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class RuleSettings(BaseModel):
    """What every rule's table in the policy may hold: its weight (or off), and the paths that it looks at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: str | None = None
    paths: tuple[str, ...] = ("*",)

    @field_validator("weight")
    @classmethod
    def _known_weight(cls, value: str | None) -> str | None:
        return value if value in (None, "off") else _a_weight(str(value))

    @property
    def looks(self) -> bool:
        """Is there anything that the rule would look for? With an empty list of its own it misses no fact."""
        return True

    def covers(self, path: str) -> bool:
        """Does the rule look at this path?"""
        return any(fnmatchcase(path, pattern) for pattern in self.paths)


@dataclass(frozen=True)
class Rule:
    """A rule with all that is told of it: the docstring's first line, its why, an example of bad and good."""

    id: str
    title: str
    why: str
    bad: str
    good: str
    weight: Weight
    settings: type[RuleSettings]
    remedy: str
    needs: tuple[str, ...]
    across: bool
    check: Callable[..., Iterable[Hit]]

    @property
    def alone(self) -> bool:
        """Does it say of a folder what that folder alone gives rise to, so that its findings may be kept?"""
        return not self.across and not self.needs

    @property
    def about(self) -> str:
        """What its settings mean: their docstring, in one paragraph; nothing where it has none of its own."""
        told = inspect.getdoc(self.settings) if self.settings is not RuleSettings else None
        return " ".join((told or "").replace("``", "`").split())

    def run(self, contribution: Any, settings: RuleSettings, facts: Facts) -> Iterable[Hit]:
        """What the rule has to say; facts are handed over where it needs them."""
        if self.needs:
            return self.check(contribution, settings, facts)
        return self.check(contribution, settings)


_marks: dict[str, tuple[Weight, type[RuleSettings], str, tuple[str, ...], bool]] = {}


def rule(
    weight: Weight,
    settings: type[RuleSettings] = RuleSettings,
    remedy: str = "",
    needs: tuple[str, ...] = (),
    across: bool = False,
) -> Callable[[Callable[..., Iterable[Hit]]], Callable[..., Iterable[Hit]]]:
    """Mark a module's check as a rule, with its weight, its settings, its remedy and the facts it needs.

    ``across``: what it says of one folder hangs on the others, or on the commits; a test finds who forgets it.
    """

    def mark(check: Callable[..., Iterable[Hit]]) -> Callable[..., Iterable[Hit]]:
        _marks[check.__module__] = (weight, settings, remedy, needs, across)
        return check

    return mark


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every rule, found by its file, in the order of their names."""
    names = sorted(module.name for module in iter_modules(rules.__path__))
    return tuple(_load(name) for name in names)


def rule_named(name: str) -> Rule | None:
    """The rule with this id."""
    return next((each for each in all_rules() if each.id == name), None)


def _load(name: str) -> Rule:
    module = import_module(f"{rules.__name__}.{name}")
    weight, settings, remedy, needs, across = _marks[module.__name__]
    title, why, bad, good = _told(module.__doc__ or "")
    if unknown := [need for need in needs if need not in NEEDS]:
        raise KeyError(f"{name} needs {unknown[0]}, which triage_rules/facts.py does not name")
    id = name.replace("_", "-")
    return Rule(id, title, why, bad, good, weight, settings, remedy, needs, across, module.check)


def _told(doc: str) -> tuple[str, str, str, str]:
    """Title, why, bad and good of a rule's docstring: first line, middle, and the ``Bad: ... Good: ...``
    part.
    """
    body, _, example = doc.strip().partition("\nBad: ")
    title, _, why = body.partition("\n")
    bad, _, good = example.partition("Good: ")
    tidy = [" ".join(part.split()) for part in (title, why, bad, good)]
    return tidy[0].rstrip("."), tidy[1], tidy[2], tidy[3]
