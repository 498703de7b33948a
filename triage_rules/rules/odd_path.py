"""A path that not every machine can hold.

Two names that differ in capitals are one file on a Mac, a trailing dot is lost on Windows, and `con` is a device there:
who clones such a taxonomy gets another one. What some systems read as `.git` or as the folder above is worse than that.

Bad: knowledge/science/Moons beside knowledge/science/moons; a folder `aux`; a folder `..`.
Good: short names of letters, digits and underscores.
"""

import re
import unicodedata
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Count, Facts, Hit, RuleSettings, rule
from triage_rules.yaml_tree import clip

_PORTS = "0123456789¹²³"
_DEVICES = {
    "con", "prn", "aux", "nul", "conin$", "conout$", "clock$",
    *(f"{port}{n}" for port in ("com", "lpt") for n in _PORTS),
}  # fmt: skip
_FORBIDDEN = frozenset('<>:"|?*\\')
_LONGEST = 4096  # what Linux takes as a path
_PLAIN = re.compile(r"[a-z0-9_]+")  # what nearly all names are of; it may still be a device's
_SHORT_NAME = re.compile(r"(?:git|gi[0-9a-f]{4})~\d", re.IGNORECASE)  # what Windows calls .git as well


class Settings(RuleSettings):
    """``longest``: characters of a whole path; ``longest_name``: of one folder or file; ``deepest``: its parts."""

    longest: Count = 200
    longest_name: Count = 80
    deepest: Count = 20


@rule(Weight.fix, Settings, remedy="Rename it.", needs=("listings",), across=True)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Look at every path that exists at the head, part by part, and at paths that are one without capitals."""
    paths = [file.path for file in contribution.files if file.status != "deleted"]
    gone = [file.path for file in contribution.files if file.status == "deleted"]
    seen = {_folded(path): path for path in contribution.siblings}
    there, told = _there(facts, gone), set[str]()
    for path in paths:
        if reason := _reason(path, settings):
            yield Hit(Place(path), reason, weight=Weight.stop if _escapes(path) else None)
        other = next((o for step in _steps(path) if (o := _other(seen, there, step)) is not None), None)
        if other is not None and other not in told:
            told.add(other)
            yield Hit(Place(path), f"`{clip(other)}` differs from it in capitals or accents alone.")
        for step in _steps(path):
            seen.setdefault(_folded(step), step)


def _other(seen: dict[str, str], there: dict[str, list[str]], step: str) -> str | None:
    """A path that the step would be one with; where the step itself is there too, it is not this change's fault."""
    known = there.get(_folded(step), [])
    if step in known:
        return None
    return next(iter(known), None) or (other if (other := seen.get(_folded(step), step)) != step else None)


def _there(facts: Facts, gone: list[str]) -> dict[str, list[str]]:
    """Paths of the base branch beside the new ones, without capitals; what the change takes away is left out."""
    found: dict[str, list[str]] = {}
    for folder, names in (facts.listings or {}).items():
        for name in names:
            path = f"{folder}/{name}".lstrip("/")
            if not any(each == path or (name.endswith("/") and each.startswith(path)) for each in gone):
                found.setdefault(_folded(path.rstrip("/")), []).append(path.rstrip("/"))
    return found


def _steps(path: str) -> Iterator[str]:
    """The path's folders from the top, and the path; no machine opens one past its first few thousand letters."""
    parts = path[:_LONGEST].split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def _folded(path: str) -> str:
    return path.lower() if path.isascii() else unicodedata.normalize("NFKC", path).casefold()


def _escapes(path: str) -> bool:
    return any(_outward(part) for part in path.split("/"))


def _outward(part: str) -> bool:
    """Is a part, as some system reads it, the folder itself, the one above, or Git's own?"""
    if _PLAIN.fullmatch(part):
        return False
    visible = "".join(letter for letter in part if unicodedata.category(letter) != "Cf")
    bare = visible.partition(":")[0].rstrip(" .").casefold()
    return not visible.strip(" .") or bare == ".git" or bool(_SHORT_NAME.fullmatch(bare))


def _reason(path: str, settings: Settings) -> str | None:
    if _escapes(path):
        return "The path leads out of the taxonomy, or into Git's own folder."
    if len(path) > settings.longest:
        return f"The path has {len(path)} characters; {settings.longest} are the limit."
    if (depth := path.count("/") + 1) > settings.deepest:
        return f"The path has {depth} parts; {settings.deepest} are the limit."
    return next((why for part in path.split("/") if (why := _odd(part, settings.longest_name))), None)


def _odd(part: str, longest: int) -> str | None:
    if len(part) <= min(longest, 255) and _PLAIN.fullmatch(part) and part not in _DEVICES:
        return None
    name = f"`{clip(part)}`"
    if len(part) > longest or len(part.encode("utf-8", "surrogateescape")) > 255:
        return f"{name} has {len(part)} characters; {longest} are the limit."
    if part != part.strip() or part.endswith("."):
        return f"{name} begins or ends with a space or a dot that other systems drop."
    if part.partition(".")[0].rstrip().casefold() in _DEVICES:
        return f"{name} is the name of a device on Windows."
    if part.startswith(("-", "~")):
        return f"{name} begins with a sign that commands take for something else."
    if any(letter in _FORBIDDEN or unicodedata.category(letter).startswith("C") for letter in part):
        return f"{name} has a character that some systems do not take in a name."
    return None
