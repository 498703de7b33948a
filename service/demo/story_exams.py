"""What can be wrong with the questions of a story: the exams of its leaves and its own guard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import yaml

from eval_harness.items import GENERATED, GRAM, grams, plain
from eval_harness.matching import SHORT, words
from service.demo.places import Entry, Lines, Problem, line_of, line_of_byte, yaml_entries, yaml_error_line
from service.demo.script import FILE
from service.demo.story import LEAF, OWN, TREES, Contribution, Story
from triage_rules.taxonomy import read_leaf

CLUSTERS, ITEMS, GROUPS, QUESTIONS = 12, 3, 8, 16  # fewer leave the gate little to tell apart


def problems_of(story: Story, lines: Lines) -> Iterator[Problem]:
    """Every leaf that goes into a batch has an exam, and all questions are in order."""
    asked = Asked(story, story.contribution)
    base = story.taxonomy / "evaluation"
    contributed: set[str] = set()
    for index, contribution in enumerate(story.contribution):
        if contribution.batch is None:
            continue
        leaves = story.leaves(contribution)
        if not leaves:
            message = (
                f"`{contribution.topic}` goes into a batch, but brings no leaf under {' or '.join(TREES)}."
            )
            line = line_of(lines, "contribution", index, "commits")
            yield Problem(FILE, line, message, "Add the leaf to its last push.")
        for leaf in leaves:
            contributed.add(leaf)
            if not (base / leaf / "items.yaml").is_file():
                message = f"The leaf `{leaf}` of `{contribution.topic}` has no exam."
                line = line_of(lines, "contribution", index, "commits")
                yield Problem(FILE, line, message, f"Write taxonomy/evaluation/{leaf}/items.yaml.")
    for path in sorted(base.rglob("items.yaml")):
        leaf, file = path.parent.relative_to(base).as_posix(), path.relative_to(story.root).as_posix()
        if leaf not in contributed and not (story.taxonomy / leaf / LEAF).is_file():
            yield Problem(file, 1, "Nobody contributes this leaf.", "Is its path right?", warning=True)
        yield from _questions(path.read_bytes(), file, leaf, asked)
    yield from guard(story, asked)


def guard(story: Story, asked: Asked) -> Iterator[Problem]:
    """Whether the groups of a guard of the story's own are enough, and their questions in order."""
    if story.guard.parent == OWN and story.root != OWN.resolve():
        return  # the project's own, held by the project's tests
    groups = sorted(story.guard.glob("*.yaml"))
    if len(groups) < GROUPS:
        message = f"{_many(len(groups), 'group')} of questions; {GROUPS} tell losses from noise."
        yield _few("guard", None, message)
    for path in groups:
        yield from _questions(path.read_bytes(), f"guard/{path.name}", None, asked)


class Where(NamedTuple):
    """A seed's question: its file in the story, and its line there."""

    file: str
    line: int


class Asked:
    """What the seeds of the batches ask, by their words: a row of an item's very question is left out of training."""

    def __init__(self, story: Story, contributions: Iterable[Contribution]) -> None:
        self._questions: dict[tuple[str, str], Where] = {}
        self._grams: dict[str, Where] = {}
        self.grounded: set[str | None] = set()  # leaves whose seeds are asked about a context
        for contribution in contributions:
            push = len(contribution.commits) - 1
            files = story.files(contribution, push) if contribution.batch is not None else {}
            for name, data in files.items():
                leaf = read_leaf(name, data)[0] if name.endswith(f"/{LEAF}") else None
                if leaf and leaf.kind == "grounded":
                    self.grounded.add(leaf.path)
                for seed in leaf.seeds if leaf else ():
                    where = Where(story.holder(contribution, push, name) or name, seed.line)
                    context = seed.context if leaf and leaf.kind == "grounded" else None
                    self._questions.setdefault((plain(context or ""), plain(seed.question)), where)
                    for gram in grams(seed.question):
                        self._grams.setdefault(gram, where)

    def why_left_out(self, entry: dict[str, Any]) -> str | None:
        """Which row would be left out of every training for this question's sake, in words."""
        question = str(entry["question"])
        if where := self._questions.get((plain(str(entry.get("context") or "")), plain(question))):
            return f"This is the very question of a seed, {where.file}:{where.line}, which no model is then taught."
        if where := next((self._grams[gram] for gram in grams(question) if gram in self._grams), None):
            return (
                f"This has {GRAM} words in a row from a seed, {where.file}:{where.line}, "
                "which no model is then taught."
            )
        return None


def _questions(data: bytes, file: str, leaf: str | None, known: Asked) -> Iterator[Problem]:
    """One file of questions: of a leaf (in clusters), or a group of the guard (`leaf` is None)."""
    try:
        entries = yaml_entries(data.decode("utf-8"))
    except yaml.YAMLError as error:
        yield Problem(file, yaml_error_line(error), "This is not YAML.", "Mend this line.")
        return
    except UnicodeDecodeError as error:
        yield Problem(file, line_of_byte(error), "This file is not UTF-8.", "Save it as UTF-8.")
        return
    except ValueError as error:
        yield Problem(file, 1, f"This can't be read: {error}.", "Write a list of questions.")
        return
    if leaf in known.grounded and not any(
        isinstance(e.value, dict) and e.value.get("context") for e in entries
    ):
        message = "The leaf's questions are about a context, and no question here has one."
        yield Problem(file, 1, message, "Give each its own `context`.", warning=True)
    seen: dict[tuple[str, str], int] = {}
    clusters: dict[str, list[int]] = {}
    for entry in entries:
        if isinstance(entry.value, dict):  # a question that is wrong is mended, and counts then
            clusters.setdefault(str(entry.value.get("cluster", "")), []).append(entry.line)
        if wrong := _wrong(entry, in_clusters=leaf is not None):
            yield Problem(file, *wrong)
            continue
        context, question = str(entry.value.get("context") or ""), str(entry.value["question"])
        line, asked = entry.at("question"), (context, question)
        if asked in seen:
            yield Problem(file, line, f"Line {seen[asked]} asks the same.", "Reword one of the two.")
        elif why := known.why_left_out(entry.value):
            yield Problem(file, line, why, "Ask in other words.", warning=True)
        seen.setdefault(asked, line)
    yield from _enough(file, leaf, clusters)


def _wrong(entry: Entry, in_clusters: bool) -> tuple[int, str, str] | None:
    """Line, fault and remedy of a question that nobody could answer, or None."""
    value = entry.value
    if not isinstance(value, dict):
        return entry.line, "This is not a question.", "Write question, choices and answer."
    for key in ("question", "answer", *(("cluster",) if in_clusters else ())):
        if not (_text(value.get(key)) or "").strip():
            return entry.at(key), f"`{key}` is missing, or no text.", "Write it down, in quotes."
    choices = value.get("choices")
    if value.get("kind") == GENERATED:
        return _wrong_reference(entry)
    if not isinstance(choices, Sequence) or isinstance(choices, str) or len(choices) < 2:
        return entry.at("choices"), "`choices` is not a list of two or more.", "Four are a good number."
    texts: list[str] = []
    for index, choice in enumerate(choices):
        line = entry.at("choices", index)
        text = _text(choice)
        if text is None:
            return line, "A choice is no text.", "Put it in quotes."
        if not text.strip():
            return line, "A choice is empty.", "Write a text, or take the choice out."
        if text.strip() in texts:
            return line, "Two choices are alike.", "Change one."
        texts.append(text.strip())
    if str(value["answer"]).strip() not in texts:
        return (
            entry.at("answer"),
            "The answer is none of the choices.",
            "Copy the right choice word for word.",
        )
    return None


def _wrong_reference(entry: Entry) -> tuple[int, str, str] | None:
    """The same of a question that is answered in the model's own words."""
    if entry.value.get("choices"):
        return entry.at("choices"), f"A {GENERATED} question has choices.", "Take one of the two out."
    if not 1 <= len(words(str(entry.value["answer"]))) <= SHORT:
        message = f"A reference has 1 to {SHORT} words: a longer one needs a judge, and a story has none."
        return entry.at("answer"), message, "Shorten it, or offer choices."
    return None


def _text(value: Any) -> str | None:
    """A text, or a number as the measuring reads it; None for what YAML makes of other words (`yes`, a date)."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number or isinstance(value, str) else None


def _enough(file: str, leaf: str | None, clusters: dict[str, list[int]]) -> Iterator[Problem]:
    """Whether there are questions enough; `clusters` has the lines of each one's questions."""
    questions = sum(map(len, clusters.values()))
    if leaf is None:
        if questions < QUESTIONS:
            told = _many(questions, "question")
            yield _few(file, 1, f"{told}; a group of {QUESTIONS} tells losses from noise.")
        return
    if len(clusters) < CLUSTERS:
        told = _many(len(clusters), "cluster")
        yield _few(file, 1, f"{told}; {CLUSTERS} let the gate tell losses from noise.")
    thin = [name for name, lines in clusters.items() if len(lines) < ITEMS]
    if thin:
        more = f" ({len(thin)} such clusters)" if len(thin) > 1 else ""
        message = f"Cluster `{thin[0]}` has fewer than {ITEMS} questions{more}."
        yield _few(file, clusters[thin[0]][0], message)


def _few(file: str, line: int | None, message: str) -> Problem:
    return Problem(file, line, message, "Add some.", warning=True)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
