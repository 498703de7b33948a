"""What can be wrong with a story besides its script: pushes, batches, culprit, exams, guard, documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from service.demo.documents import commit_of
from service.demo.places import Problem, yaml_entries, yaml_error_line
from service.demo.safe import is_name, unsafe
from service.demo.story import FILE, LEAF, OWN, TREES, Contribution, Story, line_of

Lines = Mapping[tuple[str | int, ...], int]
MERGED = ("released", "held-back")
CLUSTERS, ITEMS, GROUPS, QUESTIONS = 12, 3, 8, 16  # fewer leave the gate little to tell apart


def problems_of(story: Story, lines: Lines) -> Iterator[Problem]:
    """Everything that is wrong beyond the script's own syntax."""
    if not story.taxonomy.is_dir():
        yield Problem("taxonomy", None, "This folder is missing.", "Make it; evaluation/ lies in it.")
    for folder in (story.taxonomy, story.documents, story.root / "guard"):
        if why := next(unsafe(folder), None):
            yield Problem(folder.name, None, f"In {folder.name}/ {why}.", "Take it away.")
    topics = Counter(c.topic for c in story.contribution)
    for index, contribution in enumerate(story.contribution):
        if topics[contribution.topic] > 1:
            yield _script(
                lines, f"Topic `{contribution.topic}` is used twice.", "Rename one.", index, "topic"
            )
        yield from _names(contribution, lines, index)
        yield from _pushes(story, contribution, lines, index)
        yield from _ending(story, contribution, lines, index)
    yield from _batches(story, lines)
    pushed = all(_inside(story, name) is None for c in story.contribution for name in c.commits)
    if pushed:
        yield from _exams(story, lines)
        yield from _culprits(story, lines)
        yield from _documents(story)
    yield from _guard(story)


def _script(lines: Lines, message: str, remedy: str, *place: str | int) -> Problem:
    return Problem(FILE, line_of(lines, "contribution", *place), message, remedy)


def _inside(story: Story, name: str) -> str | None:
    """Why a push's folder can't be used, or None."""
    folder = (story.root / name).resolve()
    if not folder.is_relative_to(story.root) or folder == story.root:
        return "lies outside the story"
    if not folder.is_dir():
        return "does not exist"
    if why := next(unsafe(story.root / name), None):
        return f"can't be laid into a working copy: {why}"
    return None if any(path.is_file() for path in folder.rglob("*")) else "holds no file"


def _names(contribution: Contribution, lines: Lines, index: int) -> Iterator[Problem]:
    """A topic names a folder, an author a person of the forge: neither may be a path or a sentence."""
    for key, given in (("topic", contribution.topic), ("author", contribution.author)):
        if not is_name(given):
            message = f"The {key} `{given}` is no handle."
            remedy = "Use letters, digits, dots, dashes and underscores alone, as in `ada-brandt`."
            yield _script(lines, message, remedy, index, key)


def _pushes(story: Story, contribution: Contribution, lines: Lines, index: int) -> Iterator[Problem]:
    for name in contribution.commits:
        if why := _inside(story, name):
            yield _script(lines, f"The folder `{name}` {why}.", "Name a folder of files.", index, "commits")
    for key, given in (("signed_off", contribution.signed_off), ("verdicts", contribution.verdicts)):
        if given and len(given) != len(contribution.commits):
            message = f"`{key}` has {len(given)} entries for {len(contribution.commits)} pushes."
            yield _script(lines, message, "Give one for each push.", index, key)


def _ending(story: Story, contribution: Contribution, lines: Lines, index: int) -> Iterator[Problem]:
    if contribution.batch is None and contribution.expect in MERGED:
        message = f"`{contribution.topic}` can't be {contribution.expect}: it goes into no batch."
        yield _script(lines, message, "Give it a batch.", index, "expect")
    if contribution.batch is not None and story.ends(contribution) not in MERGED:
        message = f"`{contribution.topic}` goes into a batch, but is to end {contribution.expect}."
        yield _script(lines, message, "Leave one of the two out.", index, "batch")


def _batches(story: Story, lines: Lines) -> Iterator[Problem]:
    wanted = tuple(range(1, len(story.batches) + 1))
    if not story.batches or story.batches != wanted:
        message = f"The batches are {list(story.batches)}, not {list(wanted) or [1]}."
        yield _script(lines, message, "Number them from 1 without a gap.")


def _exams(story: Story, lines: Lines) -> Iterator[Problem]:
    """Every leaf that goes into a batch has an exam, and every exam is in order."""
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
            yield _script(lines, message, "Add the leaf to its last push.", index, "commits")
        for leaf in leaves:
            contributed.add(leaf)
            if not (base / leaf / "items.yaml").is_file():
                file = f"taxonomy/evaluation/{leaf}/items.yaml"
                yield Problem(
                    file, None, f"The leaf of `{contribution.topic}` has no exam.", "Write this file."
                )
    for path in sorted(base.rglob("items.yaml")):
        leaf, file = path.parent.relative_to(base).as_posix(), path.relative_to(story.root).as_posix()
        if leaf not in contributed and not (story.taxonomy / leaf / LEAF).is_file():
            yield Problem(file, None, "Nobody contributes this leaf.", "Is its path right?", warning=True)
        yield from _questions(path, file, leaf)


def _questions(path: Path, file: str, leaf: str | None) -> Iterator[Problem]:
    """One file of questions: of a leaf (in clusters), or a group of the guard (`leaf` is None)."""
    try:
        entries = yaml_entries(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        yield Problem(file, yaml_error_line(error), "This is not YAML.", "Mend this line.")
        return
    except ValueError as error:  # UnicodeDecodeError is one
        yield Problem(file, 1, f"This can't be read: {error}.", "Write a list of questions, as UTF-8.")
        return
    seen: dict[tuple[str, str], int] = {}
    clusters: Counter[str] = Counter()
    for line, entry in entries:
        wrong = _wrong(entry, in_clusters=leaf is not None)
        if wrong:
            yield Problem(file, line, *wrong)
            continue
        asked = (str(entry.get("context") or ""), str(entry["question"]))
        if asked in seen:
            yield Problem(file, line, f"Line {seen[asked]} asks the same.", "Reword one of the two.")
        seen.setdefault(asked, line)
        clusters[str(entry.get("cluster", ""))] += 1
    yield from _enough(file, leaf, len(seen), clusters)


def _wrong(entry: Any, in_clusters: bool) -> tuple[str, str] | None:
    if not isinstance(entry, dict):
        return "This is not a question.", "Write question, choices and answer."
    for key in ("question", "answer", *(("cluster",) if in_clusters else ())):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            return f"`{key}` is missing, or no text.", "Write it down, in quotes."
    choices = entry.get("choices")
    if not isinstance(choices, Sequence) or isinstance(choices, str) or len(choices) < 2:
        return "`choices` is not a list of two or more.", "Four are a good number."
    if not all(isinstance(choice, str) for choice in choices):
        return "A choice is no text.", "Put it in quotes."
    if not all(choice.strip() for choice in choices):
        return "A choice is empty.", "Write a text, or take the choice out."
    if len({choice.strip() for choice in choices}) < len(choices):
        return "Two choices are alike.", "Change one."
    if entry["answer"].strip() not in {choice.strip() for choice in choices}:
        return "The answer is none of the choices.", "Copy the right choice word for word."
    return None


def _enough(file: str, leaf: str | None, questions: int, clusters: Counter[str]) -> Iterator[Problem]:
    if leaf is None:
        if questions < QUESTIONS:
            yield _few(file, f"{questions} questions; a group of {QUESTIONS} tells losses from noise.")
        return
    if len(clusters) < CLUSTERS:
        yield _few(file, f"{len(clusters)} clusters; {CLUSTERS} let the gate tell losses from noise.")
    thin = [name for name, count in clusters.items() if count < ITEMS]
    if thin:
        yield _few(file, f"Cluster `{thin[0]}` has fewer than {ITEMS} questions ({len(thin)} such clusters).")


def _few(file: str, message: str) -> Problem:
    return Problem(file, None, message, "Add some.", warning=True)


def _culprits(story: Story, lines: Lines) -> Iterator[Problem]:
    for number, culprit in enumerate(story.culprit):
        line = line_of(lines, "culprit", "topic") or line_of(lines, "culprit", number, "topic")
        contribution = story.by_topic(culprit.topic)
        if contribution is None or contribution.batch is None:
            message = f"The culprit `{culprit.topic}` goes into no batch."
            yield Problem(FILE, line, message, "Name one that does.")
            continue
        if story.ends(contribution) != "held-back":
            message = f"The culprit `{culprit.topic}` is to end {story.ends(contribution)}."
            yield Problem(FILE, line, message, 'Set its expect to "held-back", or leave it out.')
        line = line_of(lines, "culprit", "hurts") or line_of(lines, "culprit", number, "hurts") or line
        for leaf in story.hurt_by(culprit):
            if why := _untold(story, leaf, contribution.batch):
                yield Problem(FILE, line, f"The culprit hurts `{leaf}`, {why}.", "Name a released leaf.")


def _untold(story: Story, leaf: str, batch: int) -> str | None:
    """Why a batch's gate would never notice that a leaf fell, or None: it protects what is released, and the guard."""
    groups = {f"guard/{path.stem}" for path in story.guard.glob("*.yaml")}
    if leaf.startswith("guard/"):
        return None if leaf in groups else "which is no group of the guard"
    before = [c for c in story.contribution if c.batch is not None and c.batch < batch]
    if leaf in {known for c in before if story.ends(c) == "released" for known in story.leaves(c)}:
        return None
    if (story.taxonomy / leaf / LEAF).is_file():
        return "which lies in taxonomy/ from the start: no model was trained on it"
    return "which no earlier batch brings"


def _documents(story: Story) -> Iterator[Problem]:
    """The documents that knowledge leaves name; a deliberately broken leaf is triage's business, not ours."""
    names = {p.relative_to(story.documents).as_posix() for p in story.documents.rglob("*") if p.is_file()}
    commit = commit_of(story.documents) if names else None
    for contribution in story.contribution:
        push = len(contribution.commits) - 1
        for name, data in story.files(contribution, push).items():
            document = _document(data) if name.startswith("knowledge/") and name.endswith(LEAF) else None
            if contribution.batch is None or document is None:
                continue
            file = f"{contribution.commits[push]}/{name}"
            patterns = document.get("patterns")
            for pattern in patterns if isinstance(patterns, list) else ():
                if not any(
                    fnmatch(path, str(pattern)) or PurePosixPath(path).match(str(pattern)) for path in names
                ):
                    yield Problem(
                        file, None, f"No file in documents/ is `{pattern}`.", "Add it.", warning=True
                    )
            if commit and document.get("commit") != commit:
                message = f"`document.commit` is not the commit of documents/, {commit}."
                yield Problem(file, None, message, "Write that hash.", warning=True)


def _document(data: bytes) -> dict[str, Any] | None:
    try:
        leaf = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    document = leaf.get("document") if isinstance(leaf, dict) else None
    return document if isinstance(document, dict) else None


def _guard(story: Story) -> Iterator[Problem]:
    if story.guard.parent == OWN and story.root != OWN.resolve():
        return  # the project's own, held by the project's tests
    groups = sorted(story.guard.glob("*.yaml"))
    if len(groups) < GROUPS:
        yield _few("guard", f"{len(groups)} groups of questions; {GROUPS} tell losses from noise.")
    for path in groups:
        yield from _questions(path, f"guard/{path.name}", None)
