"""What can be wrong with a story besides its script: pushes, batches, culprit, documents, and what others look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import yaml

from service.demo import story_exams, story_judged, story_rows
from service.demo.documents import commit_of
from service.demo.places import Lines, Problem, line_of, line_of_byte, nearest
from service.demo.safe import is_name, unsafe
from service.demo.script import FILE
from service.demo.story import LEAF, Contribution, Culprit, Story

MERGED = ("released", "held-back")
TITLE = 200  # characters


def problems_of(story: Story, lines: Lines) -> Iterator[Problem]:
    """Everything that is wrong beyond the script's own syntax."""
    if not story.taxonomy.is_dir():
        yield Problem("taxonomy", None, "This folder is missing.", "Make it; evaluation/ lies in it.")
    for folder in (story.taxonomy, story.documents, story.root / "guard"):
        if why := next(unsafe(folder), None):
            yield Problem(folder.name, None, f"In {folder.name}/ {why}.", "Take it away.")
    yield from _texts(story)
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
    if pushed and next(unsafe(story.taxonomy), None) is None:
        yield from story_judged.problems_of(story, lines)
        yield from story_exams.problems_of(story, lines)
        yield from story_rows.problems_of(story)
        yield from _culprits(story, lines)
        yield from _documents(story)
    else:
        yield from story_exams.guard(story, story_exams.Asked(story, ()))


def _texts(story: Story) -> Iterator[Problem]:
    """Documents that nobody could read: a play's rules hold leaves against their text."""
    for path in sorted(p for p in story.documents.rglob("*") if p.is_file() and not p.is_symlink()):
        try:
            path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            file = path.relative_to(story.root).as_posix()
            yield Problem(file, line_of_byte(error), "This file is not UTF-8.", "Save it as UTF-8.")


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
    if not contribution.title.isprintable() or len(contribution.title) > TITLE:
        message = f"The title of `{contribution.topic}` is no single line of at most {TITLE} characters."
        yield _script(lines, message, "Shorten it; Git hands it on as one line.", index, "title")


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
    named = {culprit.topic for culprit in story.culprit}
    if (
        story.ends(contribution) == "held-back"
        and contribution.topic not in named
        and all(map(story.by_topic, named))
    ):
        message = f"`{contribution.topic}` is to be held back, and no [culprit] says whom it hurts."
        yield _script(lines, message, "Name it under [culprit], or let it be released.", index, "expect")
    if contribution.batch is not None and story.ends(contribution) not in MERGED:
        message = f"`{contribution.topic}` goes into a batch, but is to end {contribution.expect}."
        yield _script(lines, message, "Leave one of the two out.", index, "batch")


def _batches(story: Story, lines: Lines) -> Iterator[Problem]:
    wanted = tuple(range(1, len(story.batches) + 1))
    if not story.batches or story.batches != wanted:
        message = f"The batches are {list(story.batches)}, not {list(wanted) or [1]}."
        beyond = (
            i for i, c in enumerate(story.contribution) if c.batch is not None and c.batch not in wanted
        )
        yield _script(lines, message, "Number them from 1 without a gap.", next(beyond, 0), "batch")
    newest = 0
    for index, contribution in enumerate(story.contribution):
        newest = max(newest, contribution.batch or 0)
        if contribution.batch is not None and contribution.batch < newest:
            message = f"`{contribution.topic}` comes after a contribution of batch {newest}: its batch is closed then."
            yield _script(lines, message, "Move it up, among those of its batch.", index, "batch")


def _culprits(story: Story, lines: Lines) -> Iterator[Problem]:
    for number, culprit in enumerate(story.culprit):
        line = line_of(lines, "culprit", "topic") or line_of(lines, "culprit", number, "topic")
        contribution = story.by_topic(culprit.topic)
        if contribution is None or contribution.batch is None:
            message = f"The culprit `{culprit.topic}` goes into no batch."
            near = nearest(culprit.topic, [c.topic for c in story.contribution if c.batch is not None])
            yield Problem(FILE, line, message, near.strip() or "Name one that does.")
            continue
        if story.ends(contribution) != "held-back":
            message = f"The culprit `{culprit.topic}` is to end {story.ends(contribution)}."
            yield Problem(FILE, line, message, 'Set its expect to "held-back", or leave it out.')
        line = line_of(lines, "culprit", "hurts") or line_of(lines, "culprit", number, "hurts") or line
        yield from _hurts(story, culprit, contribution.batch, line)


def _hurts(story: Story, culprit: Culprit, batch: int, line: int | None) -> Iterator[Problem]:
    """What the gate of a culprit's batch would never notice: it protects what is released before, and the guard."""
    groups = sorted(f"guard/{path.stem}" for path in story.guard.glob("*.yaml"))
    before = [c for c in story.contribution if c.batch is not None and c.batch < batch]
    released = [c for c in before if story.ends(c) == "released"]
    leaves = sorted({leaf for c in released for leaf in story.leaves(c)})
    for name in story.hurt_by(culprit):
        if name in leaves or name in groups:
            continue
        if name.startswith("guard/"):
            why = "which is no group of the guard"
            remedy = f"{nearest(name, groups)}The groups are: {', '.join(groups)}."
        elif batch == 1:
            why = "which no earlier batch brings: batch 1 is the first"
            remedy = f"Give it a later batch, or let it hurt a group of the guard: {', '.join(groups)}."
        else:
            why = "which no earlier batch brings"
            if name in {leaf for c in before for leaf in story.leaves(c)}:
                why = "which an earlier batch brings, but is told not to release"
            elif (story.taxonomy / name / LEAF).is_file():
                why = "which lies in taxonomy/ from the start: no model was trained on it"
            near = nearest(name, [*leaves, *(c.topic for c in released)])
            remedy = f"{near}Earlier batches release: {', '.join(leaves) or 'nothing'}."
        yield Problem(FILE, line, f"The culprit hurts `{name}`, {why}.", remedy)


def _documents(story: Story) -> Iterator[Problem]:
    """The documents that knowledge leaves name; a deliberately broken leaf is triage's business, not ours."""
    names = {p.relative_to(story.documents).as_posix() for p in story.documents.rglob("*") if p.is_file()}
    commit = commit_of(story.documents) if names else None
    for contribution in story.contribution:
        push = len(contribution.commits) - 1
        for name, data in story.files(contribution, push).items():
            document = _document(data) if name.startswith("knowledge/") and name.endswith(LEAF) else None
            file = story.holder(contribution, push, name)
            if document is None or file is None:
                continue
            patterns = document.get("patterns")
            for pattern in patterns if isinstance(patterns, list) else ():
                if not any(fnmatchcase(path, str(pattern)) for path in names):
                    line = _line_of_text(data, str(pattern))
                    message = f"No file in documents/ is `{pattern}`."
                    yield Problem(file, line, message, "Add it.", warning=True)
            if commit and document.get("commit") != commit:
                line = _line_of_text(data, str(document.get("commit", "document:")))
                message = f"`document.commit` is not the commit of documents/, {commit}."
                yield Problem(file, line, message, "Write that hash.", warning=True)


def _line_of_text(data: bytes, text: str) -> int | None:
    """The last line where a value stands as it is written, if it does."""
    lines = data.decode("utf-8").splitlines()
    return max((number for number, line in enumerate(lines, 1) if text in line), default=None)


def _document(data: bytes) -> dict[str, Any] | None:
    try:
        leaf = yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    document = leaf.get("document") if isinstance(leaf, dict) else None
    return document if isinstance(document, dict) else None
