"""The suites that the project brings along, as items: safety, canaries, and pairs for fairness.

They are small and public. So they show that a training broke something, and never that a model is safe or fair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib import resources

import yaml

from eval_harness.items import CONFIRM, Item, items_of
from eval_harness.job import Refused

NAMES = ("safety", "canaries", "fairness")
CANARY, CONTROL = "canary", "control"
SUITE = "suite/"


def questions(name: str) -> list[Item]:
    """The items of one suite; all are there to judge by, none to search with. Raises Refused for an unknown name."""
    if name not in NAMES:
        raise Refused(f"no suite {name!r}; there are {', '.join(NAMES)}")
    text = (resources.files("eval_harness") / "suites" / f"{name}.yaml").read_text(encoding="utf-8")
    found = items_of(f"{SUITE}{name}", yaml.safe_load(text), guard=name != "fairness")
    told = (CANARY, CONTROL)
    return [replace(item, split=CONFIRM, kind=item.kind if item.kind in told else name) for item in found]


def all_of(names: Iterable[str]) -> dict[str, list[Item]]:
    """The items of several suites by name. Raises Refused for an unknown one."""
    return {name: questions(name) for name in sorted(set(names))}


def ranked(item: Item) -> bool:
    """Whether an item's score says also where the right choice stands among all."""
    return item.leaf == f"{SUITE}canaries"
