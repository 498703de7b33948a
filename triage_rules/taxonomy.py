"""A leaf of the taxonomy and its seeds, read from bytes, every node with its line and column.

A leaf is read as far as it can be: one wrong node costs that node, so that the other rules still have
something to say about the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from unicodedata import normalize

import msgspec

from triage_rules import schemas
from triage_rules.finding import Finding, Place, Weight
from triage_rules.hints import folded
from triage_rules.yaml_tree import Node, Tree, Trouble, Unreadable, read_tree

ROOTS = ("compositional_skills", "knowledge", "foundational_skills")
QNA = "qna.yaml"
ATTRIBUTION = "attribution.txt"
_WORD = re.compile(r"[\w*@-]+")
_SIGN = re.compile(r"[*@-]+")


class Seed(msgspec.Struct, frozen=True):
    """One question and answer; ``index`` counts through the leaf, ``group`` is its entry of
    ``seed_examples``.
    """

    question: str
    answer: str
    context: str | None
    line: int
    index: int
    group: int = 0
    column: int = 1
    answer_line: int = 1


class DocumentRef(msgspec.Struct, frozen=True):
    """The document that a knowledge leaf cites: a repository, a commit, and patterns of paths."""

    repo: str
    commit: str
    patterns: tuple[str, ...]


class Leaf(msgspec.Struct, frozen=True, dict=True):
    """A folder with a ``qna.yaml``: a freeform skill, a grounded skill, or knowledge. ``schema`` is this
    noun's.
    """

    path: str
    file: str
    kind: str  # freeform, grounded or knowledge
    version: int | None
    created_by: str | None
    task_description: str | None
    domain: str | None
    document_outline: str | None
    document: DocumentRef | None
    seeds: tuple[Seed, ...]
    groups: int  # entries of seed_examples, whole or not
    seeds_line: int | None = None  # where seed_examples stands
    schema: int = 1

    @property
    def place(self) -> Place:
        """The leaf's file as a whole."""
        return Place(self.file)

    def seed_place(self, seed: Seed) -> Place:
        """Where a seed's question stands."""
        return Place(self.file, seed.line, seed.column)

    def texts(self) -> tuple[tuple[str, Place, str], ...]:
        """Every question, answer and context, by that name, with its place; a context that seeds share comes once."""
        return self._texts

    @cached_property
    def _texts(self) -> tuple[tuple[str, Place, str], ...]:
        return tuple(self._each_text())

    def _each_text(self) -> Iterator[tuple[str, Place, str]]:
        seen: set[str] = set()
        for seed in self.seeds:
            yield "question", self.seed_place(seed), seed.question
            yield "answer", Place(self.file, seed.answer_line), seed.answer
            if seed.context and seed.context not in seen:
                seen.add(seed.context)
                yield "context", self.seed_place(seed), seed.context

    @cached_property
    def small(self) -> str:
        """All texts and descriptions in one, folded, with single blanks: what is not in it is in none of them."""
        told = (self.task_description or "", self.domain or "", self.document_outline or "")
        return " ".join(folded("\n".join((*(text for _, _, text in self._texts), *told))).split())

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of ``small``, compatibility forms folded; a sign that may stand for a letter is part of a word."""
        return frozenset(_WORD.findall(normalize("NFKC", self.small)))

    @cached_property
    def parts_of_words(self) -> frozenset[str]:
        """The same, parted at such signs too."""
        parted = (_SIGN.split(word) for word in self.words if not word.isalnum())
        return self.words.union(*parted)

    def forget(self) -> None:
        """Let go of what was worked out from it and is larger than the leaf: it is worked out again when asked for."""
        self.__dict__.clear()

    def to_json(self) -> dict[str, Any]:
        """The leaf as plain JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Leaf:
        """The leaf that ``to_json`` wrote."""
        return msgspec.convert(data, cls)


class Reading(msgspec.Struct, frozen=True):
    """What became of one YAML file: a tree and a leaf, or the trouble that stopped the reading."""

    path: str
    tree: Tree | None
    leaf: Leaf | None
    troubles: tuple[Trouble, ...]
    schema: str  # the name of the schema that the file is judged by
    version: int | None  # declared; None where nothing was read

    @property
    def root(self) -> Node | None:
        """The root node, None where there is none or it is no mapping with something in it."""
        root = self.tree.root if self.tree else None
        return root if root is not None and isinstance(root.value, dict) and root.value else None


def is_leaf_yaml(path: str) -> bool:
    """Does a YAML file stand in one of the three trees, well named or not?"""
    return path.split("/", 1)[0] in ROOTS and "/" in path and path.lower().endswith((".yaml", ".yml"))


def read(path: str, data: bytes) -> Reading:
    """Read one file; whatever is wrong comes back as troubles, nothing is raised."""
    try:
        tree = read_tree(data)
    except Unreadable as error:
        return Reading(path, None, None, (error.trouble,), schemas.schema_name(path, None), None)
    root = tree.root
    if root is None or not isinstance(root.value, dict) or not root.value:
        return Reading(path, tree, None, tree.troubles, schemas.schema_name(path, None), None)
    name = schemas.schema_name(path, root.value)
    version = schemas.declared_version(root.value)
    return Reading(path, tree, _leaf(path, root, name, version), tree.troubles, name, version)


def read_leaf(path: str, data: bytes) -> tuple[Leaf | None, list[Finding]]:
    """A leaf from bytes, with what the reader itself has to say about them."""
    reading = read(path, data)
    return reading.leaf, [
        Finding(
            "unreadable-yaml", Weight.stop if trouble.hostile else Weight.fix,
            path, trouble.line, trouble.column, trouble.message, trouble.remedy,
        )
        for trouble in reading.troubles
    ]  # fmt: skip


def _leaf(path: str, root: Node, name: str, version: int) -> Leaf:
    examples = root.children.get("seed_examples")
    seeds = tuple(_seeds(examples)) if examples is not None else ()
    grounded = any(seed.context for seed in seeds)
    return Leaf(
        path=path.rpartition("/")[0],
        file=path,
        kind="knowledge" if name == "knowledge" else "grounded" if grounded else "freeform",
        version=version,
        created_by=_text(root, "created_by"),
        task_description=_text(root, "task_description"),
        domain=_text(root, "domain"),
        document_outline=_text(root, "document_outline"),
        document=_document(root.children.get("document")),
        seeds=seeds,
        groups=len(examples.value) if examples is not None and isinstance(examples.value, list) else 0,
        seeds_line=root.keys["seed_examples"][0] if "seed_examples" in root.keys else None,
    )


def _text(node: Node, key: str) -> str | None:
    child = node.children.get(key)
    return child.value.strip() if child is not None and isinstance(child.value, str) else None


def _document(node: Node | None) -> DocumentRef | None:
    if node is None:
        return None
    patterns = node.children.get("patterns")
    listed = patterns.value if patterns is not None and isinstance(patterns.value, list) else []
    found = tuple(p for p in listed if isinstance(p, str))
    return DocumentRef(_text(node, "repo") or "", _text(node, "commit") or "", found)


def _seeds(examples: Node) -> list[Seed]:
    seeds: list[Seed] = []
    for group, entry in examples.children.items():
        context = _text(entry, "context")
        pairs = entry.children.get("questions_and_answers")
        for pair in pairs.children.values() if pairs is not None else [entry]:
            question, answer = _text(pair, "question"), _text(pair, "answer")
            if question is None or answer is None:
                continue
            line, column = pair.keys["question"]
            where = pair.keys["answer"][0]
            seeds.append(Seed(question, answer, context, line, len(seeds), int(group), column, where))
    return seeds
