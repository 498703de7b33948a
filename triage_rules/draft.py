"""A new leaf as a form to fill in: everything that a program can know, and a gap for all that its author must say.

A draft is judged before it is written, so that it passes every rule of the policy but for its gaps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from triage_rules.attribution import LABELS, LICENCE, LINK, ORIGIN, REVISION, TITLE
from triage_rules.gap import gap
from triage_rules.raising import newest
from triage_rules.yaml_tree import read_tree

FREEFORM, GROUNDED, KNOWLEDGE = "freeform", "grounded", "knowledge"
_WORD = re.compile(r"[A-Za-z][\w.-]*")
PAIRS = 3  # questions that the schema of knowledge asks for each context
_FIELDS = {
    TITLE: "the title of the work that the text comes from, or that you wrote it yourself",
    LINK: "the address where the work can be read",
    REVISION: "the revision or the date of the work",
    ORIGIN: "person, or model NAME, LICENCE",
}


def qna(kind: str, seeds: int, handle: str | None) -> str:
    """The text of a ``qna.yaml`` with so many seeds (for knowledge: contexts)."""
    schema = "knowledge" if kind == KNOWLEDGE else "compositional_skills"
    lines = [
        f"version: {newest(schema)}",
        f"created_by: {_quoted(handle) or gap('your handle on the forge')}",
    ]
    body = _knowledge(seeds) if kind == KNOWLEDGE else _skill(kind, seeds)
    return "\n".join([*lines, *body]) + "\n"


def _quoted(handle: str | None) -> str | None:
    """The handle as YAML reads it back: in quotes, where it could be taken for anything else than a text."""
    if handle is None or not _WORD.fullmatch(handle):
        return json.dumps(handle) if handle else None
    root = read_tree(handle.encode("utf-8")).root
    return handle if root is not None and root.value == handle else json.dumps(handle)


def _skill(kind: str, seeds: int) -> Iterator[str]:
    yield f"task_description: {gap('what the skill does, in a sentence or two')}"
    yield "seed_examples:"
    for number in range(1, seeds + 1):
        yield f"  - question: {gap(f'question {number}, unlike the others')}"
        if kind == GROUNDED:
            yield "    context: |"
            yield f"      {gap(f'the text that question {number} is about')}"
        yield "    answer: |"
        yield f"      {gap(f'the answer to question {number}')}"


def _knowledge(contexts: int) -> Iterator[str]:
    yield f"domain: {gap('the field of knowledge, as a book would name a chapter')}"
    yield f"document_outline: {gap('what the document tells, in a sentence')}"
    yield from document()
    yield "seed_examples:"
    for number in range(1, contexts + 1):
        yield from context(number, "  ")
        yield "    questions_and_answers:"
        for letter in "abcdefgh"[:PAIRS]:
            yield from pair(f"{number}{letter}", "      ")


def document() -> list[str]:
    """The block that names the document."""
    return [
        "document:",
        f"  repo: {gap('the address of the Git repository that holds the document')}",
        f"  commit: {gap('the full hash of the commit, as git rev-parse HEAD prints it')}",
        "  patterns:",
        f"    - {gap('the path of the document in that repository')}",
    ]


def context(number: int, indent: str) -> list[str]:
    """The head of a context's entry."""
    return [f"{indent}- context: |", f"{indent}    {gap(f'passage {number} of the document, word for word')}"]


def pair(name: str, indent: str) -> list[str]:
    """A question and its answer."""
    return [
        f"{indent}- question: {gap(f'question {name}, which the passage answers')}",
        f"{indent}  answer: |",
        f"{indent}    {gap(f'the answer to question {name}')}",
    ]


def attribution(fields: Sequence[str], licences: Sequence[str]) -> str:
    """The text of an ``attribution.txt`` with these fields."""
    told = {**_FIELDS, LICENCE: f"one of {', '.join(licences)}" if licences else "its SPDX identifier"}
    lines = [
        f"{label}: {gap(told.get(field, 'who wrote it'))}"
        for field, label in LABELS.items()
        if field in fields
    ]
    return "\n".join(lines) + "\n"
