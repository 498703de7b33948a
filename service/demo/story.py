"""A story: who contributes what to a taxonomy, in which order, and how it is meant to end.

A folder holds it: `story.toml`, `taxonomy/`, `documents/`, `guard/` and a folder of files for each push. The
format is told in docs/story-format.md. Reading a story changes nothing and trains nothing, so that `check`
can look at a stranger's folder before a minute is spent on it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from service.demo import script
from service.demo.places import Problem, line_of_byte, toml_error_line, toml_lines

OWN = Path(__file__).parent / "data"
FILE = "story.toml"
TREES = ("knowledge", "compositional_skills")
LEAF, ATTRIBUTION = "qna.yaml", "attribution.txt"

Expect = Literal[
    "released",
    "held-back",
    "rejected",
    "changes-requested",
    "needs-human",
    "needs-review",
]
Verdict = Literal["passed", "needs-human", "changes-requested", "rejected"]
WORDS = {"expect": get_args(Expect), "verdicts": get_args(Verdict)}


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str | bool | dict) else value


def _word(value: Any) -> Any:
    return value.strip().lower().replace("_", "-").replace(" ", "-") if isinstance(value, str) else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


Words = Annotated[tuple[str, ...], BeforeValidator(_list)]


class Contribution(_Part):
    """One contribution: its pushes, the batch that it goes into (None: never merged), how it is to end."""

    topic: str = Field(min_length=1)
    author: str = Field(min_length=1)
    title: str = Field(min_length=1)
    commits: Words = Field(min_length=1)
    batch: int | None = Field(default=None, ge=1, strict=True)
    expect: Annotated[Expect, BeforeValidator(_word)] | None = None
    signed_off: Annotated[tuple[bool, ...], BeforeValidator(_list)] = ()
    verdicts: Annotated[tuple[Annotated[Verdict, BeforeValidator(_word)], ...], BeforeValidator(_list)] = ()

    def signs(self, push: int) -> bool:
        """Is the commit of this push (from 0) signed off? It is where nothing else is said."""
        return self.signed_off[push] if push < len(self.signed_off) else True


class Culprit(_Part):
    """The contribution that harms another leaf, so that only the gate can tell."""

    topic: str
    hurts: Words = Field(min_length=1)


class Ask(_Part):
    """A question that both releases answer at the end."""

    question: str = Field(min_length=1)


class About(_Part):
    """What the story is called."""

    title: str = "A story"


class Story(_Part):
    """The whole of it, with the folder it was read from."""

    root: Path
    story: About = About()
    contribution: tuple[Contribution, ...] = Field(min_length=1)
    culprit: Annotated[tuple[Culprit, ...], BeforeValidator(_list)] = ()
    ask: Annotated[tuple[Ask, ...], BeforeValidator(_list)] = ()

    @property
    def taxonomy(self) -> Path:
        """What is in the taxonomy before the first contribution, `evaluation/` with it."""
        return self.root / "taxonomy"

    @property
    def documents(self) -> Path:
        """The files of the documents' repository."""
        return self.root / "documents"

    @property
    def guard(self) -> Path:
        """The general questions: the story's own, else the project's."""
        own = self.root / "guard"
        return own if own.is_dir() else OWN / "guard"

    @property
    def batches(self) -> tuple[int, ...]:
        """The numbers of the batches, in order."""
        return tuple(sorted({c.batch for c in self.contribution if c.batch is not None}))

    def in_batch(self, number: int) -> tuple[Contribution, ...]:
        """The contributions of one batch, in the order of the story."""
        return tuple(c for c in self.contribution if c.batch == number)

    def by_topic(self, topic: str) -> Contribution | None:
        """The contribution of that topic, if there is one."""
        return next((c for c in self.contribution if c.topic == topic), None)

    def ends(self, contribution: Contribution) -> str | None:
        """How it is to end: what the story says, else by its part: a culprit held back, what is in a batch released."""
        culprit = contribution.topic in {c.topic for c in self.culprit}
        by_part = "held-back" if culprit else "released"
        return contribution.expect or (by_part if contribution.batch else None)

    def files(self, contribution: Contribution, push: int) -> dict[str, bytes]:
        """All files of a contribution at one push (from 0), by their path in the taxonomy.

        A push that brings a whole leaf (qna.yaml and attribution.txt side by side) is the whole contribution
        from then on; any other is laid over what came before.
        """
        found: dict[str, bytes] = {}
        for name in contribution.commits[: push + 1]:
            brought = dict(_files(self.root / name))
            found = brought if _is_whole(brought) else {**found, **brought}
        return found

    def holder(self, contribution: Contribution, push: int, name: str) -> str | None:
        """The file of the story that a contribution's file stands in at one push (from 0): the last push brought it."""
        for folder in reversed(contribution.commits[: push + 1]):
            if (self.root / folder / name).is_file():
                return f"{folder.rstrip('/')}/{name}"
        return None

    def leaves(self, contribution: Contribution) -> tuple[str, ...]:
        """The leaf paths that a contribution ends with."""
        return leaf_paths(self.files(contribution, len(contribution.commits) - 1))

    def hurt_by(self, culprit: Culprit) -> tuple[str, ...]:
        """The leaf paths and guard groups that one culprit hurts; a topic named there stands for its leaves."""
        found: list[str] = []
        for name in (name.strip("/") for name in culprit.hurts):
            topic = self.by_topic(name)
            found += self.leaves(topic) if topic else [name]
        return tuple(dict.fromkeys(found))

    def harmed(self) -> tuple[str, ...]:
        """What all culprits hurt."""
        return tuple(dict.fromkeys(leaf for culprit in self.culprit for leaf in self.hurt_by(culprit)))


class BadStory(ValueError):
    """A story that can't be played, with everything that is wrong in it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load(folder: Path = OWN) -> Story:
    """The story in `folder`. Raises BadStory where `story.toml` is none; `check` looks further."""
    story, problems = parse(folder)
    if story is None:
        raise BadStory(problems)
    return story


def check(folder: Path = OWN) -> list[Problem]:
    """Everything that is wrong with the story in `folder`, by file and line; warnings last."""
    from service.demo.story_checks import problems_of

    story, problems = parse(folder)
    if story is not None:
        problems = [*problems, *problems_of(story, toml_lines(_text(folder / FILE)))]
    return sorted(problems, key=lambda p: (p.warning, p.file, p.line or 0))


def parse(folder: Path) -> tuple[Story | None, list[Problem]]:
    """`story.toml` as a Story (None where it is none), and what is wrong in that file by itself."""
    path = folder / FILE
    if not path.is_file():
        return None, [Problem(FILE, None, f"There is no {FILE} in {folder}.", "Name its folder.")]
    try:
        text = _text(path)
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        return None, [Problem(FILE, line_of_byte(error), "This file is not UTF-8.", "Save it as UTF-8.")]
    except tomllib.TOMLDecodeError as error:
        return None, [Problem(FILE, toml_error_line(error), f"This is not TOML: {error}.", "Mend this line.")]
    lines = toml_lines(text)
    problems = list(script.unknown(data, {n: list(t.model_fields) for n, t in _TABLES.items()}, lines))
    try:
        return Story(root=folder.resolve(), **{k: v for k, v in data.items() if k != "root"}), problems
    except ValidationError as error:
        return None, [*problems, *(script.invalid(entry, data, WORDS, lines) for entry in error.errors())]


def leaf_paths(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The folders of the leaves among some files of a taxonomy."""
    paths = [PurePosixPath(name) for name in files]
    return tuple(sorted(str(p.parent) for p in paths if p.name == LEAF and p.parts[0] in TREES))


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _is_whole(files: Mapping[str, bytes]) -> bool:
    leaves = leaf_paths(files)
    return bool(leaves) and all(f"{leaf}/{ATTRIBUTION}" in files for leaf in leaves)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


_TABLES: dict[str, type[_Part]] = {
    "story": About,
    "contribution": Contribution,
    "culprit": Culprit,
    "ask": Ask,
}
