"""A bare repository with as many leaves as one asks for, always the same: `python -m benchmarks.large 1000 DIR`.

Words follow Zipf's law, half of them are those that every text has, and the seeds of a leaf share a topic; so two
seeds that are strangers to each other have about as many words in common as in real leaves; every twentieth leaf is of
one and the same template. Blobs go in by `git fast-import`, a hundred leaves a folder.
"""

from __future__ import annotations

import argparse
import random
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path

from triage_rules.words import STOP

VOCABULARY = 60_000
EVERY = 20  # one leaf in so many is of one template, as collections of facts are
TOPIC = 24  # words that the seeds of a leaf come back to
OPENINGS = ("What is the", "How does a", "Where did", "Who made the", "Write about", "Why are", "When was the",
            "Name a")  # fmt: skip
ATTRIBUTION = (
    "Title of work: Notes\nLink to work: https://example.org/notes\nRevision: -\n"
    "License of the work: CC-BY-4.0\nCreator names: Ada\n"
)
WHO = "Ada <ada@example.org> 1700000000 +0000"


@cache
def vocabulary() -> tuple[list[str], list[float]]:
    """The words and their cumulated weights: the n-th is as frequent as 1/n."""
    parts = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "il", "om", "ut")]
    dice = random.Random(7)
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        words.setdefault("".join(dice.choices(parts, k=dice.choice((1, 2, 2, 3, 3, 4)))))
    return list(words), list(accumulate(1 / (rank + 30) for rank in range(VOCABULARY)))


@cache
def fillers() -> tuple[list[str], list[float]]:
    """The words of every text, with their cumulated weights."""
    words = sorted(STOP, key=lambda word: (len(word), word))
    return words, list(accumulate(1 / (rank + 6) for rank in range(len(words))))


def seeds(number: int, count: int = 5) -> list[tuple[str, str]]:
    """Questions and answers of leaf `number`."""
    dice = random.Random(number)
    words, weights = vocabulary()
    if number % EVERY == EVERY - 1:
        names = [(dice.choice(words).title(), dice.choice(words).title()) for _ in range(count)]
        return [(f"What is the capital of the land of {a}?", f"The capital of {a} is {b}.") for a, b in names]
    topic = dice.choices(words, cum_weights=weights, k=TOPIC)
    common, often = fillers()

    def sentence(least: int, most: int) -> str:
        length = dice.randint(least, most)
        told = [
            dice.choices(common, cum_weights=often)[0]
            if dice.random() < 0.42
            else dice.choice(topic)
            if dice.random() < 0.5
            else dice.choices(words, cum_weights=weights)[0]
            for _ in range(length)
        ]
        return " ".join(told)

    return [(f"{dice.choice(OPENINGS)} {sentence(5, 12)}?", f"{sentence(8, 26)}.") for _ in range(count)]


def leaf(number: int, count: int = 5, tweak: str = "") -> str:
    """The `qna.yaml` of leaf `number`; `tweak` is put after the first answer."""
    lines = ["version: 2", f"task_description: Notes of keeper {number}", "created_by: ada", "seed_examples:"]
    for place, (question, answer) in enumerate(seeds(number, count)):
        lines += [f"  - question: {question}", "    answer: >", f"      {answer}"]
        lines += [f"      {tweak}"] if tweak and not place else []
    return "\n".join(lines) + "\n"


def path(number: int) -> str:
    """The folder of leaf `number`."""
    return f"compositional_skills/notes/part{number // 10_000}/shelf{number // 100 % 100}/keeper{number}"


def stream(leaves: int) -> Iterator[bytes]:
    """What `git fast-import` reads: one commit on `main` with all leaves."""
    yield f"blob\nmark :1\ndata {len(ATTRIBUTION)}\n{ATTRIBUTION}\n".encode()
    for number in range(leaves):
        text = leaf(number).encode()
        yield f"blob\nmark :{number + 2}\ndata {len(text)}\n".encode() + text + b"\n"
    yield f"commit refs/heads/main\nauthor {WHO}\ncommitter {WHO}\ndata 6\nBegin\n\n".encode()
    for number in range(leaves):
        folder = path(number)
        yield f"M 100644 :{number + 2} {folder}/qna.yaml\nM 100644 :1 {folder}/attribution.txt\n".encode()


def write(folder: Path, leaves: int) -> None:
    """Make the repository; nothing is done where it is there already."""
    if (folder / "HEAD").exists():
        return
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    command = ["git", "-C", str(folder), "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as importing:
        assert importing.stdin is not None
        for part in stream(leaves):
            importing.stdin.write(part)
    if importing.returncode:
        raise RuntimeError("git fast-import failed")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__)
    parser.add_argument("leaves", type=int)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(argv)
    write(options.folder, options.leaves)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
