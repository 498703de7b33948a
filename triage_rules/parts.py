"""A contribution folder by folder, so that what was judged before need not be judged again.

Most rules say of a folder what that folder alone gives rise to. Their findings are kept under a key that covers all
they can depend on: the rules and the policy, who contributes under which title and description, and the path, mode and
content, before and after, of every file of the folder and beside it. Nothing else is shown to them. Rules that need
facts, look across folders or at the commits judge the whole each time, from the leaves that were read before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Protocol

import msgspec

from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import Finding, Weight
from triage_rules.fix import carried
from triage_rules.policy import Policy
from triage_rules.rule import Facts, Rule, RuleSettings, all_rules
from triage_rules.taxonomy import Leaf
from triage_rules.veil import is_private, veil
from triage_rules.verdict import FileReport

NO_FACTS = Facts()
AT_ONCE = 64  # folders whose trees are in memory together


class Kept(Protocol):
    """Where parts are kept: bytes by key; what is not there, or no longer, is None."""

    def get(self, key: str) -> bytes | None: ...
    def put(self, key: str, value: bytes) -> None: ...


class Part(msgspec.Struct, frozen=True):
    """What was judged of one folder: findings by rule, the leaves by file, and what the verdict tells of files."""

    findings: dict[str, list[Finding]]
    leaves: dict[str, Leaf | None]
    reports: tuple[FileReport, ...]


_READ = msgspec.msgpack.Decoder(Part)
_WRITE = msgspec.msgpack.Encoder()

Reports = Callable[[Contribution], tuple[FileReport, ...]]


def findings_of(
    rule: Rule, contribution: Contribution, settings: RuleSettings, facts: Facts
) -> list[Finding]:
    """One rule's findings; a weight set by the policy replaces the rule's and caps its exceptions."""
    chosen = Weight[settings.weight] if settings.weight else None
    found: list[Finding] = []
    for hit in rule.run(contribution, settings, facts):
        if not settings.covers(hit.place.path):
            continue
        weight = hit.weight if hit.weight is not None else rule.weight
        if chosen is not None and weight is not Weight.note:
            weight = chosen if hit.weight is None else min(chosen, hit.weight)
        place, column = hit.place, hit.place.column
        if place.line is not None:
            column = column or 1  # a line without one is shown at its beginning
        remedy = hit.remedy or rule.remedy
        message = veil(hit.message)
        fix = carried(hit.fix)
        if fix is not None and any(map(is_private, fix.texts)):
            fix = None  # it quotes whole lines; `upweight fix` makes it all the same
        found.append(Finding(rule.id, weight, place.path, place.line, column, message, remedy, fix))
    return found


def judged_parts(
    contribution: Contribution, policy: Policy, kept: Kept, rules: str, reports: Reports
) -> tuple[Contribution, dict[str, list[Finding]], dict[str, FileReport]]:
    """The contribution with its leaves at hand, the findings by rule, and the reports by path."""
    findings: dict[str, list[Finding]] = {rule.id: [] for rule in all_rules() if rule.alone}
    leaves: dict[str, Leaf | None] = {}
    told: dict[str, FileReport] = {}
    common = _common(contribution, policy, rules)
    parts = split(contribution)
    while some := {_key(part, common): part for part in islice(parts, AT_ONCE)}:
        known = {key: part for key in some if (part := _recalled(kept.get(key))) is not None}
        new = _judged({key: part for key, part in some.items() if key not in known}, policy, reports)
        for key, part in new.items():
            if (value := _written(part)) is not None:
                kept.put(key, value)
        for part in map((known | new).__getitem__, some):
            for name, found in part.findings.items():
                said = findings[name]  # of the contribution itself each part says the same
                said += [each for each in found if each.path or each not in said]
            leaves |= part.leaves
            told |= {report.path: report for report in part.reports}
    return replace(contribution, known=leaves), findings, told


def split(contribution: Contribution) -> Iterator[Contribution]:
    """The same contribution for each folder that it touches, with the files in it and beside them."""
    files: dict[str, list[ChangedFile]] = {}
    for file in contribution.files:
        files.setdefault(file.folder, []).append(file)
    beside: dict[str, dict[str, bytes]] = {}
    for path, data in contribution.siblings.items():
        beside.setdefault(path.rpartition("/")[0], {})[path] = data
    for folder, inside in files.items():
        siblings = beside.get(folder, {})
        yield replace(contribution, files=tuple(inside), siblings=siblings, commits=(), number=None)


def _judged(parts: dict[str, Contribution], policy: Policy, reports: Reports) -> dict[str, Part]:
    """Each part by itself; rule by rule, since a processor keeps the words of a rule at hand while it looks for them
    in many texts."""
    findings: dict[str, dict[str, list[Finding]]] = {key: {} for key in parts}
    for rule in all_rules():
        settings = policy.rules[rule.id]
        if rule.alone and settings.weight != "off":
            for key, part in parts.items():
                findings[key][rule.id] = findings_of(rule, part, settings, NO_FACTS)
    done = {}
    for key, part in parts.items():
        leaves = {reading.path: reading.leaf for reading in part.readings}
        done[key] = Part(findings[key], leaves, reports(part))
        for leaf in part.leaves:
            leaf.forget()
    return done


def _written(part: Part) -> bytes | None:
    """A part as it is kept; None of one with a path that is no text, which is judged each time."""
    try:
        return _WRITE.encode(part)
    except UnicodeEncodeError:
        return None


def _recalled(value: bytes | None) -> Part | None:
    """What was kept; what another version wrote, or somebody damaged, counts as not there."""
    try:
        return _READ.decode(value) if value is not None else None
    except (msgspec.DecodeError, ValueError):
        return None


def _common(contribution: Contribution, policy: Policy, rules: str) -> bytes:
    """What the findings of every folder depend on."""
    said = (contribution.title, contribution.body, contribution.author)
    told = (rules, policy.hash, *(_bytes(text) if text is not None else None for text in said))
    return hashlib.sha256(_WRITE.encode(told)).digest()


def _key(part: Contribution, common: bytes) -> str:
    digest = hashlib.sha256(common)
    for file in part.files:
        told = (_bytes(file.path), file.status, file.mode, _hashed(file.before), _hashed(file.after))
        digest.update(_WRITE.encode(told))
    for path in sorted(part.siblings):
        digest.update(_WRITE.encode((_bytes(path), _hashed(part.siblings[path]))))
    return digest.hexdigest()


def _bytes(text: str) -> bytes:
    """Any text, also one with halves of characters: a path of Git need be no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def _hashed(data: bytes | None) -> bytes | None:
    return hashlib.sha256(data).digest() if data is not None else None
