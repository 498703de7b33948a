"""The project's story, broken in one place at a time, and its words made comparable."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from service.demo.places import Problem
from service.demo.story import check, load

EXAM = "taxonomy/evaluation/knowledge/skerrow/ferries/items.yaml"


def edit(file: Path, old: str, new: str) -> int:
    """Replace `old`, which must be there; returns its line."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def errors(folder: Path) -> list[Problem]:
    """What is wrong with a story, warnings left out."""
    return [problem for problem in check(folder) if not problem.warning]


def norm(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))


def seeds(leaf: str, data: bytes) -> list[tuple[str, str, str]]:
    """Question, answer and context of each seed; the context of knowledge is no part of its question."""
    found = []
    for entry in yaml.safe_load(data)["seed_examples"]:
        context = entry.get("context") or "" if leaf.startswith("compositional_skills") else ""
        found += [(s["question"], s["answer"], context) for s in entry.get("questions_and_answers", [entry])]
    return found


def all_seeds() -> dict[str, list[tuple[str, str, str]]]:
    """The seeds of each leaf of the project's story that goes into a batch."""
    story = load()
    return {
        leaf: seeds(leaf, story.files(c, len(c.commits) - 1)[f"{leaf}/qna.yaml"])
        for c in story.contribution
        if c.batch is not None
        for leaf in story.leaves(c)
    }
