"""A path that not every machine can hold.

Two names that differ in capitals are one file on a Mac, a trailing dot is lost on Windows, and `con` is a device there:
who clones such a taxonomy gets another one.

Bad: knowledge/science/Moons beside knowledge/science/moons; a folder `aux`.
Good: short names of letters, digits and underscores.
"""

import unicodedata
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.yaml_tree import clip

_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
_FORBIDDEN = frozenset('<>:"|?*\\')


class Settings(RuleSettings):
    """``longest``: characters of a whole path; ``longest_name``: of one folder or file."""

    longest: int = 200
    longest_name: int = 80


@rule(Weight.fix, Settings, remedy="Rename it.", across=True)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at every path that exists at the head, part by part, and at paths that are one without capitals."""
    paths = [file.path for file in contribution.files if file.status != "deleted"]
    seen: dict[str, str] = {path.casefold(): path for path in contribution.siblings}
    for path in paths:
        if reason := _reason(path, settings):
            yield Hit(Place(path), reason, weight=Weight.stop if _escapes(path) else None)
        other = seen.setdefault(unicodedata.normalize("NFC", path).casefold(), path)
        if other != path:
            yield Hit(Place(path), f"`{clip(other)}` differs from it in capitals or accents alone.")


def _escapes(path: str) -> bool:
    return path.startswith("/") or any(
        part in ("..", ".", "") or part.casefold() == ".git" for part in path.split("/")
    )


def _reason(path: str, settings: Settings) -> str | None:
    if _escapes(path):
        return "The path leads out of the taxonomy."
    if len(path) > settings.longest:
        return f"The path has {len(path)} characters; {settings.longest} are the limit."
    return next((why for part in path.split("/") if (why := _odd(part, settings.longest_name))), None)


def _odd(part: str, longest: int) -> str | None:
    name = f"`{clip(part)}`"
    if len(part) > longest:
        return f"{name} has {len(part)} characters; {longest} are the limit."
    if part != part.strip() or part.endswith("."):
        return f"{name} begins or ends with a space or a dot that other systems drop."
    if part.partition(".")[0].casefold() in _DEVICES:
        return f"{name} is the name of a device on Windows."
    if any(letter in _FORBIDDEN or unicodedata.category(letter).startswith("C") for letter in part):
        return f"{name} has a character that some systems do not take in a name."
    return None
