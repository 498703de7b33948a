"""A new folder beside one that is nearly called the same.

Two folders for one subject split it: scores are told for each, and the next contributor picks one by chance. Mostly the
new one is a slip, or its author did not see the other.

Bad: knowledge/sciense/moons beside knowledge/science; `animal` beside `animals`.
Good: the folder that is there, or a name of its own.
"""

from collections.abc import Iterator

from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Facts, Hit, RuleSettings, WeightName, rule
from triage_rules.spelling import plural, same_but_for_layout, slip
from triage_rules.yaml_tree import clip


class Settings(RuleSettings):
    """``layout``: the weight of a name that differs in hyphens and underscores alone; ``apart``: names that may stand
    side by side however alike they are."""

    layout: WeightName = "fix"
    apart: tuple[str, ...] = ()


@rule(
    Weight.doubt,
    Settings,
    remedy="Put the leaf into that folder, or ask for another name.",
    needs=("listings",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Compare the first new folder of every added path with those of the base branch that it would stand among."""
    told: set[str] = set()
    for file in contribution.files:
        if file.status not in ("added", "renamed") or not file.in_tree:
            continue
        parent, new, names = _first_new(file, facts)
        if not new or f"{parent}/{new}" in told:
            continue
        told.add(f"{parent}/{new}")
        there = [name for name in names if name != new and name not in settings.apart]
        kept = (name for name in there if not _left(contribution, f"{parent}/{name}"))
        twins = [(weight, name) for name in kept if (weight := _weight(new, name, settings)) is not None]
        if twins:
            weight, name = max(twins)
            message = f"The new folder `{clip(new)}` stands beside `{clip(name)}`."
            yield Hit(Place(file.path), message, weight=None if weight is Weight.doubt else weight)


def _weight(new: str, name: str, settings: Settings) -> Weight | None:
    if new.casefold() == name.casefold():
        return None  # the rule odd-path tells that
    if same_but_for_layout(new, name):
        return Weight[settings.layout]
    return Weight.doubt if plural(new, name) or slip(new, name) else None


def _first_new(file: ChangedFile, facts: Facts) -> tuple[str, str, tuple[str, ...]]:
    """The folder that is there, the part that is new in it, and the folders that it has."""
    parts = file.folder[:4096].split("/")  # no machine opens a longer path, and odd-path tells of it
    for depth in range(len(parts), 0, -1):
        parent = "/".join(parts[:depth])
        names = (facts.listings or {}).get(parent)
        if names is not None:
            folders = tuple(name[:-1] for name in names if name.endswith("/"))
            new = parts[depth] if depth < len(parts) else ""
            return parent, "" if new in folders else new, folders
    return "", "", ()


def _left(contribution: Contribution, folder: str) -> bool:
    """Does the change take files out of the other folder? Then it is renamed, and no twin."""
    return any(file.status == "deleted" and file.path.startswith(f"{folder}/") for file in contribution.files)
