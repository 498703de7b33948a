"""All mechanical fixes of a contribution made, until none is left: bytes in, bytes out.

What a text says never changes: a file whose words would read otherwise afterwards is left as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from triage_rules.contribution import REGULAR, ChangedFile, Contribution
from triage_rules.fix import Fix, apply
from triage_rules.policy import Policy
from triage_rules.rule import Facts, all_rules
from triage_rules.taxonomy import is_leaf_yaml, read
from triage_rules.yaml_tree import Unreadable, read_tree

MOST_ROUNDS = 64  # a file that can't be read shows one fault after another

MOST_ALONE = 50  # fixes that are tried one by one, where all together would change a word


@dataclass(frozen=True)
class Mended:
    """What becomes of one file: its path and bytes before and after, its mode, and the fixes that were made."""

    path: str
    before: bytes
    after: bytes
    new_path: str
    fixes: tuple[str, ...]
    plain_mode: bool = False


def mend(contribution: Contribution, policy: Policy) -> list[Mended]:
    """Every file that a fix changes, by path. Rules that the policy has switched off mend nothing."""
    files = {file.path: file for file in contribution.files if file.after is not None}
    origin = {path: path for path in files}
    made: dict[str, list[Fix]] = defaultdict(list)
    now, left = contribution, set[str]()
    for _ in range(MOST_ROUNDS):
        touched: set[str] = set()
        for path, fixes in wanted(now, policy).items():
            if path not in files or origin[path] in left:
                continue
            first, old = origin.pop(path), files.pop(path)
            file, taken = _mended(old, fixes)
            if not taken or file.path in files:
                left.add(first)
                file, taken = old, []
            made[first] += taken
            files[file.path], origin[file.path] = file, first
            touched |= {file.folder} if taken else set()
        if not touched:
            break
        now = _again(contribution, files, touched)
    return [
        _told(contribution, made[first], first, files[path])
        for path, first in sorted(origin.items())
        if made[first]
    ]


def wanted(contribution: Contribution, policy: Policy) -> dict[str, list[Fix]]:
    """The fixes that the rules offer, by path, however many; rules that need facts offer none."""
    found: dict[str, dict[Fix, None]] = defaultdict(dict)
    for rule in all_rules():
        settings = policy.rules[rule.id]
        if rule.needs or settings.weight == "off":
            continue
        for hit in rule.run(contribution, settings, Facts()):
            if hit.fix is not None and settings.covers(hit.place.path):
                found[hit.place.path][hit.fix] = None
    return {path: list(fixes) for path, fixes in found.items()}


def _mended(file: ChangedFile, fixes: list[Fix]) -> tuple[ChangedFile, list[Fix]]:
    """One file with its fixes, but for those that would not leave its words as they are."""
    data = file.after or b""
    after, taken = apply(data, fixes)
    if is_leaf_yaml(file.path) and not _same_words(file.path, data, after):
        taken = []
        for fix in fixes[:MOST_ALONE]:
            if _same_words(file.path, data, apply(data, [*taken, fix])[0]):
                taken.append(fix)
        after, taken = apply(data, taken)
    rename = next((fix for fix in fixes if fix.rename), None)
    mode = next((fix for fix in fixes if fix.plain_mode), None)
    path = rename.rename if rename is not None and rename.rename else file.path
    file = replace(file, path=path, after=after, mode=file.mode if mode is None else REGULAR)
    return file, [*taken, *(fix for fix in (rename, mode) if fix is not None)]


def _again(contribution: Contribution, files: Mapping[str, ChangedFile], folders: set[str]) -> Contribution:
    """The folders that were touched, judged once more."""
    here = tuple(file for file in files.values() if file.folder in folders)
    return replace(contribution, files=here)


def _told(contribution: Contribution, fixes: list[Fix], first: str, file: ChangedFile) -> Mended:
    before = next(each.after for each in contribution.files if each.path == first) or b""
    plain = any(fix.plain_mode for fix in fixes)
    return Mended(
        first, before, file.after or b"", file.path, tuple(dict.fromkeys(f.what for f in fixes)), plain
    )


def _same_words(path: str, before: bytes, after: bytes) -> bool:
    """Whether the values read the same but for white space and the declared version; what can't be read may change."""
    old, new = read(path, before).root, read(path, after).root
    if old is None:
        return True
    return new is not None and _same({**old.value, "version": 0}, {**new.value, "version": 0})


def _same(old: Any, new: Any) -> bool:
    """Two values, word by word; a number, or yes and no, may have become the text that reads as it."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, str) and isinstance(new, str):
        return old.split() == new.split()
    if isinstance(new, str) and isinstance(old, bool | int | float):
        try:
            root = read_tree(new.encode("utf-8")).root
        except Unreadable:
            return False
        return root is not None and root.value == old
    return bool(old == new)
