"""The judgement: every rule over one contribution, under one policy, with the facts that were at hand."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files

from triage_rules import lint, schemas
from triage_rules.bounds import bounded
from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.facts import SETTLED, Cited, awaited, lacking
from triage_rules.finding import Finding, Weight
from triage_rules.gap import waiting
from triage_rules.parts import Kept, findings_of, judged_parts
from triage_rules.policy import Labels, Policy
from triage_rules.rule import Facts, all_rules
from triage_rules.taxonomy import ATTRIBUTION, QNA, Reading, is_leaf_yaml
from triage_rules.verdict import (
    CHANGES,
    NEEDS_HUMAN,
    PASSED,
    REJECTED,
    FileReport,
    NotChecked,
    Verdict,
    next_step,
    outcome_of,
)

NOTHING = "nothing to judge"
GAPS = "placeholder-text"  # the rule that speaks where an author has still to write


def judge(
    contribution: Contribution,
    policy: Policy | None = None,
    facts: Facts | None = None,
    kept: Kept | None = None,
) -> Verdict:
    """Judge one revision: pure, and the same wherever it runs, whatever was ``kept`` of folders judged before."""
    policy, facts = policy or Policy.default(), (facts or Facts()).remembering()
    done: dict[str, list[Finding]] = {}
    reports: dict[str, FileReport] = {}
    if kept is not None:
        contribution, done, reports = judged_parts(contribution, policy, kept, rules_version(), _reports)
    findings: list[Finding] = []
    not_checked: list[NotChecked] = []
    for rule in all_rules() if contribution.files else ():
        settings = policy.rules[rule.id]
        if settings.weight == "off":
            continue
        whys = [why for need in rule.needs if (why := lacking(need, contribution, facts))]
        if whys and settings.looks:
            not_checked.append(NotChecked(rule.id, whys[0]))
        found = done[rule.id] if rule.id in done else findings_of(rule, contribution, settings, facts)
        findings += found
    if policy.rules[GAPS].weight != "off":
        findings = waiting(findings, contribution, GAPS)
    ordered = tuple(bounded(findings))
    outcome = outcome_of(ordered)
    waits = awaited(contribution, facts) if contribution.files and _awaiting(policy) else ()
    step = next_step(outcome, ordered, contribution.author, waits) if contribution.files else NOTHING
    return Verdict(
        outcome=outcome,
        findings=ordered,
        labels=_labels(contribution, outcome, ordered, policy.labels, waits),
        next=step,
        not_checked=tuple(not_checked),
        files=tuple(reports[file.path] for file in contribution.files) if reports else _reports(contribution),
        policy_hash=policy.hash,
        rules_version=rules_version(),
        waits=waits,
    )


def _awaiting(policy: Policy) -> bool:
    """Does any rule that this policy has switched on ask for documents?"""
    return any(
        SETTLED.keys() & set(rule.needs) and policy.rules[rule.id].weight != "off" for rule in all_rules()
    )


def _labels(
    contribution: Contribution,
    outcome: str,
    findings: tuple[Finding, ...],
    names: Labels,
    waits: tuple[Cited, ...],
) -> tuple[str, ...]:
    """What follows from the outcome; nothing of that calls a triager while it is no last word."""
    if not contribution.files:
        return ()
    calls = {
        PASSED: [names.needed],
        NEEDS_HUMAN: [names.needed, names.uncertain],
        CHANGES: [names.requested_changes],
        REJECTED: [names.rejected],
    }[outcome]
    wanted = [] if waits and outcome in (PASSED, NEEDS_HUMAN) else calls
    kinds = {contribution.kind_of(folder) for folder in contribution.folders}
    wanted += [names.knowledge] if "knowledge" in kinds else []
    wanted += [names.skill] if kinds & {"freeform", "grounded"} else []
    paths = [file.path for file in contribution.files]
    wanted += [names.ci] if any(path.startswith((".github/", ".gitlab-ci", ".ci/")) for path in paths) else []
    wanted += [names.documentation] if any(path.endswith(".md") for path in paths) else []
    rejecting = {f.rule for f in findings if f.weight >= Weight.doubt}
    wanted += [names.topic_failure] if "closed-topic" in rejecting else []
    wanted += [names.legal_hold] if "unknown-licence" in rejecting else []
    return tuple(dict.fromkeys(label for label in wanted if label))


def _reports(contribution: Contribution) -> tuple[FileReport, ...]:
    readings = {reading.path: reading for reading in contribution.readings}
    return tuple(_report(contribution, file, readings.get(file.path)) for file in contribution.files)


def _report(contribution: Contribution, file: ChangedFile, reading: Reading | None) -> FileReport:
    if reading is None or not is_leaf_yaml(file.path):
        return FileReport(file.path, file.status, None, None)
    return FileReport(file.path, file.status, reference_accepts(contribution, reading), reading.version)


def reference_accepts(contribution: Contribution, reading: Reading) -> bool:
    """Would the community's reference checker accept this file?

    Name, YAML, schema of the declared version (knowledge from 3 on), and from version 2 on a non-empty
    attribution;
    layout is the rule lint's business. Where nothing is in the file it accepts; what we refuse to read, we
    do not.
    """
    if reading.path.rpartition("/")[2] != QNA or reading.tree is None or not lint.scans(reading.tree):
        return False
    root = reading.tree.root
    if root is None or not root.value:
        return True
    if reading.root is None or reading.version is None:
        return False
    if not schemas.valid(reading.root, reading.version, reading.schema):
        return False
    if schemas.deprecated(reading.version, reading.schema):
        return False
    if reading.version < 2:
        return True
    folder = reading.path.rpartition("/")[0]
    return bool(contribution.content(f"{folder}/{ATTRIBUTION}"))


@lru_cache(maxsize=1)
def rules_version() -> str:
    """A digest of the rules' own text and of what they lean on: it changes when a judgement may."""
    digest = hashlib.sha256()
    for folder in ("", "rules"):
        for entry in sorted((files("triage_rules") / folder).iterdir(), key=lambda each: each.name):
            if entry.name.endswith(".py"):
                digest.update(entry.name.encode() + b"\0" + entry.read_bytes())
    for package in ("instructlab-schema", "jsonschema-rs", "pyyaml", "yamllint", "license-expression"):
        digest.update(version(package).encode())
    return digest.hexdigest()[:12]
