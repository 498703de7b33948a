"""A page for each rule, from its own docstring and settings, so that there is nothing to keep in step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from triage_rules.facts import NEEDS
from triage_rules.rule import Rule, all_rules
from triage_rules.toml_text import value_of


def told(rule: Rule) -> dict[str, Any]:
    """A rule as plain JSON values."""
    return {
        "rule": rule.id,
        "title": rule.title,
        "why": rule.why,
        "bad": rule.bad,
        "good": rule.good,
        "weight": rule.weight.name,
        "remedy": rule.remedy,
        "needs": list(rule.needs),
        "settings": _settings(rule),
    }


def _settings(rule: Rule) -> dict[str, Any]:
    defaults: dict[str, Any] = rule.settings().model_dump(mode="json")
    return {name: value for name, value in defaults.items() if name not in ("weight", "paths")}


def _needs(rule: Rule) -> str:
    """Which facts a rule asks for, and what is said where one lacks."""
    titles = " and ".join(NEEDS[need].title for need in rule.needs)
    whys = "; ".join(NEEDS[need].why for need in rule.needs)
    return f"**What it needs.** Beyond the contribution: {titles}. Where that lacks it is *not checked* ({whys})."


def page(rule: Rule) -> str:
    """The page of one rule in Markdown."""
    lines = [f"# {rule.id}", "", f"{rule.title}. Weight: {rule.weight.name}.", "", rule.why, ""]
    lines += ["| bad | good |", "|---|---|", f"| {rule.bad} | {rule.good} |", ""]
    lines += [f"**What to do.** {rule.remedy}", ""] if rule.remedy else []
    lines += [_needs(rule), ""] if rule.needs else []
    settings, about = _settings(rule), rule.about
    lines += [
        "## Settings",
        "",
        *([about, ""] if about else []),
        "In `.upweight/policy.toml`:",
        "",
        "```toml",
        f"[rules.{rule.id}]",
    ]
    lines += [f"# weight = {json.dumps(rule.weight.name)}  # or off", '# paths = ["*"]']
    for name, value in settings.items():
        lines += [f"# {line}" for line in f"{name} = {value_of(value)}".split("\n")]
    return "\n".join([*lines, "```", ""])


def write_pages(folder: Path) -> list[Path]:
    """Write every rule's page and their list; the paths that were written come back."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for rule in all_rules():
        target = folder / f"{rule.id}.md"
        target.write_text(page(rule), encoding="utf-8")
        written.append(target)
    rows = [f"| [{rule.id}]({rule.id}.md) | {rule.weight.name} | {rule.title} |" for rule in all_rules()]
    index = folder / "README.md"
    index.write_text(
        "\n".join(["# Rules", "", "| rule | weight | fault |", "|---|---|---|", *rows, ""]), encoding="utf-8"
    )
    return [*written, index]
