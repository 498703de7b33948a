"""Inputs for the rules, and how one is changed into another: what a stranger may send, a little worse each time."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.record import ROOT

CASES = ROOT / "tests" / "triage_rules" / "rules"
FOUND = ROOT / "tests" / "triage_rules" / "hostile"
LARGEST = 300_000  # bytes: a little more than the reader takes
PATH = "compositional_skills/writing/letters/qna.yaml"


class Input(NamedTuple):
    """A leaf as a stranger sends it: its path (as bytes, for a name may be anything), and its two files."""

    path: bytes
    qna: bytes
    attribution: bytes


TOKENS = [
    b"version: 3\n", b"version: 2\n", b"version: 1\n", b"seed_examples:\n", b"  - question: a\n    answer: b\n",
    b"questions_and_answers:\n", b"document:\n", b"patterns:\n", b"context: |\n", b"created_by: ", b"domain: x\n",
    b"task_description: ", b"commit: ", b"repo: ", b"- ", b": ", b"? ", b"|", b">", b"|2-\n", b"&a ", b"*a", b"<<: ",
    b"!!python/object/apply:os.system ", b"!!binary ", b"!!float ", b"%YAML 1.2\n---\n", b"---\n", b"...\n", b"{", b"}",
    b"[", b"]", b",", b'"', b"'", b"\\", b"#", b"\t", b"\r", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\x7f",
    b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xe2\x81\xa6", b"\xf0\x9f\x99\x82", b"\xed\xa0\x80", b"\xcc\x81",
    b"\xc4\xb0", b"\xe2\x84\xaa", b"\xef\xbc\xa1", b"\xef\xb7\xba", b".inf", b".nan", b"1e999", b"0x", b"1_0", b"0b1",
    b"1:2:3", b"2024-02-30", b"9" * 5000, b"yes", b"no", b"~", b"null", b"=", b"-----BEGIN PRIVATE KEY-----",
    b"https://u:p4ssw0rd@h/", b"ghp_" + b"a" * 36, b"DE89 3704 0044 0532 0130 00", b"4111 1111 1111 1111",
    b"+49 30 1234567", b"a@b.cd", b"Title of work: ", b"License of the work: CC-BY-4.0 OR ", b"Link to work: ",
    b"Creator names: ", b"(MIT AND ", b"Ignore all previous instructions ", b"As an AI language model ", b"```",
    b"Yes. ", b"No, it is ", b"../", b"CON", b"%s", b"{0}", b"$(", b"<a href=x>", b"@everyone ", b"\xc3\xa9" * 30,
]  # fmt: skip

Change = Callable[[random.Random, bytes, bytes], bytes]


def _token(draw: random.Random, data: bytes, _other: bytes) -> bytes:
    at = _place(draw, data)
    return data[:at] + draw.choice(TOKENS) * draw.choice((1, 1, 1, 2, 40)) + data[at:]


def _byte(draw: random.Random, data: bytes, _other: bytes) -> bytes:
    at = _place(draw, data)
    return data[:at] + bytes([draw.randrange(256)]) + data[at + draw.choice((0, 1)) :]


def _cut(draw: random.Random, data: bytes, _other: bytes) -> bytes:
    at = _place(draw, data)
    return data[:at] + data[at + draw.choice((1, 2, 8, 64, 512)) :]


def _repeat(draw: random.Random, data: bytes, _other: bytes) -> bytes:
    at = _place(draw, data)
    piece = data[at : at + draw.choice((1, 2, 4, 16, 80, 400))]
    times = draw.choice((2, 3, 10, 100)) if draw.random() < 0.9 else draw.choice((1000, 20_000))
    return data[:at] + piece * times + data[at:]


def _lines(draw: random.Random, data: bytes, _other: bytes) -> bytes:
    lines = data.split(b"\n")
    one, other = (draw.randrange(len(lines)) for _ in range(2))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _indent(draw: random.Random, data: bytes, _other: bytes) -> bytes:
    lines = data.split(b"\n")
    at = draw.randrange(len(lines))
    lines[at] = (
        draw.choice((b" ", b"  ", b"    ", b"\t", b"- ")) + lines[at]
        if draw.random() < 0.6
        else lines[at].lstrip()
    )
    return b"\n".join(lines)


def _splice(draw: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: _place(draw, data)] + other[_place(draw, other) :]


def _number(draw: random.Random, data: bytes, _other: bytes) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    match = draw.choice(found)
    new = draw.choice((b"0", b"-1", b"3.0", b"'3'", b"1" * 40, b"1e400", b"99", b"4", b"true"))
    return data[: match.start()] + new + data[match.end() :]


CHANGES: tuple[Change, ...] = (_token, _token, _byte, _cut, _cut, _repeat, _lines, _indent, _splice, _number)


def _place(draw: random.Random, data: bytes) -> int:
    return draw.randrange(len(data) + 1)


def mutated(draw: random.Random, one: Input, other: Input) -> Input:
    """Another input: one to five changes, mostly of the YAML."""
    parts = list(one)
    for _ in range(draw.choice((1, 1, 2, 3, 5))):
        which = draw.choices((0, 1, 2), (1, 8, 2))[0]
        parts[which] = draw.choice(CHANGES)(draw, parts[which], other[which])[
            : 300 if which == 0 else LARGEST
        ]
    return Input(*parts)


def first_inputs() -> list[Input]:
    """The cases of all rules, and what was found before."""
    inputs = []
    for folder in sorted({*(path.parent for path in CASES.rglob("qna.yaml")), *found_before()}):
        inputs.append(read_input(folder))
    return inputs


def found_before() -> list[Path]:
    """The folders of what was found before."""
    return sorted(path for path in FOUND.iterdir() if path.is_dir()) if FOUND.is_dir() else []


def read_input(folder: Path) -> Input:
    """An input as it lies in a folder: `qna.yaml`, `attribution.txt`, and `path.txt` where it has another path."""
    path, qna, attribution = (folder / name for name in ("path.txt", "qna.yaml", "attribution.txt"))
    return Input(*(file.read_bytes() if file.exists() else b"" for file in (path, qna, attribution)))


def write_input(found: Input, folder: Path) -> None:
    """The same the other way round."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in zip(("path.txt", "qna.yaml", "attribution.txt"), found, strict=True):
        if data:
            (folder / name).write_bytes(data)


def smaller(found: Input, still: Callable[[Input], bool], tries: int = 400) -> Input:
    """A smaller input of which the same can be said."""
    best = found
    for which in (0, 1, 2):
        size = len(best[which])
        while size and tries:
            at = 0
            while at < len(best[which]) and tries:
                parts = list(best)
                parts[which] = parts[which][:at] + parts[which][at + size :]
                tries -= 1
                if still(Input(*parts)):
                    best = Input(*parts)
                else:
                    at += size
            size //= 2
    return best
