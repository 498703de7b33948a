"""Jobs and results: one piece of GPU work as a directory, so that it can be run again by hand.

A job directory holds `job.json`. `result.json` is written last and in one step: its existence means done.
`progress.jsonl` grows while the job runs. Imports no torch, so that the service may read and write jobs.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec


class Refused(Exception):
    """The job's input can't be used; the message says what is wrong and how to mend it."""


class Stopped(Exception):
    """The job was asked to stop; its checkpoint is saved and the same directory resumes it."""


class Document(msgspec.Struct, frozen=True):
    """One file that a knowledge leaf rests on."""

    path: str
    text: str


class Seed(msgspec.Struct, frozen=True):
    """One question and answer of a leaf, with its context if it has one."""

    question: str
    answer: str
    context: str | None = None


class Leaf(msgspec.Struct, frozen=True):
    """A leaf as rows are made from it."""

    path: str
    kind: str
    seeds: tuple[Seed, ...]
    task_description: str | None = None
    domain: str | None = None
    document_outline: str | None = None
    documents: tuple[Document, ...] = ()
    pull: int | None = None
    author: str | None = None
    blob: str | None = None


class Start(msgspec.Struct, frozen=True):
    """What training starts from: an adapter, whole weights, or (both absent) the base."""

    adapter: str | None = None
    weights: str | None = None


class Weights(msgspec.Struct, frozen=True):
    """What is measured or merged: an adapter on the base, or a whole model."""

    adapter: str | None = None
    model: str | None = None


class Mix(msgspec.Struct, frozen=True):
    """Which leaves' rows are new in this training, and which old ones are replayed."""

    leaves: tuple[str, ...] = ()
    replay: tuple[str, ...] = ()
    hash: str | None = None


class Exam(msgspec.Struct, frozen=True):
    """The frozen items to measure with once the training is done.

    `exam` names the items whose words no row may share, where those are more than the items that are measured;
    `suites` names what else is measured, beside the items and in no comparison of leaves.
    """

    items: str
    exam: str | None = None
    suites: tuple[str, ...] = ()


class Judge(msgspec.Struct, frozen=True):
    """A model behind an OpenAI-compatible address that tells whether an answer says what its reference says.

    The key stands in a file of the operator's: a job's directory is kept, and its words are read by others.
    """

    url: str
    model: str
    key_file: str | None = None


class GenerateJob(msgspec.Struct, frozen=True, tag="generate", tag_field="kind"):
    """Rows from leaves."""

    model: str
    leaves: tuple[Leaf, ...]
    recipe: str | None = None
    seed: int = 7
    teacher: dict[str, Any] | None = None
    items: str | None = None
    cache: str | None = None
    schema: int = 1


class TrainJob(msgspec.Struct, frozen=True, tag="train", tag_field="kind"):
    """One training, and the measuring of what it made."""

    model: str
    rows: tuple[str, ...]
    mix: Mix
    seed: int
    start: Start = Start()
    recipe: str | None = None
    threads: int = 1
    cache: str | None = None
    measure: Exam | None = None
    judge: Judge | None = None
    held_out: int = 0  # rows that came too near to the exam and are in none of the files
    save_merged: bool = False
    schema: int = 1


class MeasureJob(msgspec.Struct, frozen=True, tag="measure", tag_field="kind"):
    """The scores of given weights on given items."""

    model: str
    items: str
    weights: Weights = Weights()
    judge: Judge | None = None
    suites: tuple[str, ...] = ()
    recipe: str | None = None
    threads: int = 1
    cache: str | None = None
    schema: int = 1


class MergeJob(msgspec.Struct, frozen=True, tag="merge", tag_field="kind"):
    """A folder that loads without Upweight."""

    model: str
    out: str
    weights: Weights = Weights()
    recipe: str | None = None
    cache: str | None = None
    schema: int = 1


class AskJob(msgspec.Struct, frozen=True, tag="ask", tag_field="kind"):
    """Greedy answers of a model folder."""

    model: str
    questions: tuple[str, ...]
    max_new_tokens: int = 48
    threads: int = 1
    cache: str | None = None
    schema: int = 1


Job = GenerateJob | TrainJob | MeasureJob | MergeJob | AskJob


def read(directory: Path) -> Job:
    """The job of a directory. Raises Refused with the place of what is wrong."""
    try:
        job: Job = msgspec.json.decode((directory / "job.json").read_bytes(), type=Job)
    except FileNotFoundError as error:
        raise Refused(f"{directory}/job.json: there is no such file; a job directory holds one") from error
    except msgspec.DecodeError as error:
        raise Refused(f"{directory}/job.json: {error}") from error
    if job.schema != 1:
        raise Refused(
            f"{directory}/job.json: schema {job.schema} is not known here; this version reads schema 1"
        )
    return job


def inside(directory: Path, name: str) -> Path:
    """A path of a job: absolute, or relative to the job's directory."""
    return directory / name


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with open(part, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def finish(directory: Path, result: dict[str, Any]) -> None:
    """Write the result: from now on the job is done."""
    text = json.dumps({"schema": 1, **result}, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_atomically(directory / "result.json", text.encode() + b"\n")


class Progress:
    """The growing file that tells how far a job is; one JSON object a line."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = directory / "progress.jsonl"
        self._clock = clock

    def say(self, line: str, step: int = 0, of: int = 0, loss: float | None = None) -> None:
        """Append one line; `step` of `of` is 0 of 0 where there is nothing to count."""
        entry: dict[str, Any] = {"t": round(self._clock(), 3), "step": step, "of": of, "line": line}
        if loss is not None:
            entry["loss"] = round(loss, 4)
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
