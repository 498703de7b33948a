"""One changed leaf judged, Git objects to verdict, in a taxonomy of 1,000 leaves and in one of 100,000, turn by turn.

Prints one JSON object. `milliseconds_small`, `milliseconds_large` are the medians of our own processor time for one
judgement as the service makes it (the index of seeds moved, the change read, every rule asked, the verdict as JSON),
`ratio` the one by the other; `wall_small`, `wall_large` are the same by the clock, waiting for other processes
included. `lookup` is one seed asked of the large index (near and same question), `moved` the index moved by one merged
leaf, `opened` a restart until the first answer, in milliseconds; `build_seconds` and `megabytes` are the large index
made from nothing (null where it was there). `found` is the share of planted near-duplicates (half to three quarters of
the words left, any exchanged for others) that the large index finds; `found_common` the same where the rarest words are
exchanged, so that little but common words is left. Repositories and indexes are kept in `--folder`.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pygit2

from benchmarks import large
from service.facts.lookup import Lookup
from service.facts.seeds import Seeds, file_for
from service.git import read
from service.placement.judge import Ask
from service.placement.judge_server import Bench, warm
from service.settings import read as settings
from triage_rules.keys import shingles
from triage_rules.words import jaccard, words

SMALL, LARGE = 1_000, 100_000
WHO = pygit2.Signature("Ada", "ada@example.org", 1_700_000_000, 0)


class Taxonomy:
    """A large repository, its index, and somebody who changes a leaf of it."""

    def __init__(self, folder: Path, leaves: int) -> None:
        self.address, self.leaves, self.indexes = folder / f"leaves-{leaves}.git", leaves, folder / "seeds"
        large.write(self.address, leaves)
        self.git = pygit2.Repository(str(self.address))
        self.tip = read.commit_at(self.git, "refs/heads/main")
        self.file = file_for(self.indexes, str(self.address))
        self.bench = Bench(lambda _reading: None, folder=self.indexes)

    def ready(self) -> float | None:
        """Make the index where it is missing; the seconds that it took."""
        missing = not self.file.exists()
        began = time.process_time()
        with Seeds(file=self.file).index(self.git, self.tip):
            pass
        return time.process_time() - began if missing else None

    def changed(self, number: int) -> pygit2.Commit:
        """A commit that changes one leaf, beside the branch."""
        path = f"{large.path(number)}/qna.yaml"
        blob = self.git.create_blob(large.leaf(number, tweak="It was told again last year.").encode())
        tree = self._with(self.tip.tree, path.split("/"), blob)
        made = self.git.create_commit(
            None, WHO, WHO, "Tell more\n\nSigned-off-by: Ada <ada@example.org>", tree, [self.tip.id]
        )
        return self.git[made].peel(pygit2.Commit)

    def _with(self, tree: pygit2.Tree, parts: list[str], blob: pygit2.Oid) -> pygit2.Oid:
        builder = self.git.TreeBuilder(tree)
        if len(parts) == 1:
            builder.insert(parts[0], blob, pygit2.enums.FileMode.BLOB)
        else:
            below = self._with(tree[parts[0]].peel(pygit2.Tree), parts[1:], blob)
            builder.insert(parts[0], below, pygit2.enums.FileMode.TREE)
        return builder.write()

    def judge(self, head: pygit2.Commit, tip: pygit2.Commit) -> None:
        """One judgement as the service makes it."""
        told = self.bench.judged(
            Ask(str(self.address), str(tip.id), str(head.id), 1, "Tell more", "ada", None)
        )
        assert told.leaves


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of our own, and by the clock."""
    own, clock = time.process_time(), time.perf_counter()
    work()
    return (time.process_time() - own) * 1000, (time.perf_counter() - clock) * 1000


def judged(taxonomies: Sequence[Taxonomy], rounds: int) -> list[list[tuple[float, float]]]:
    """For each taxonomy the times of so many judgements, turn by turn."""
    heads = [[t.changed(n * (t.leaves // rounds) + 3 * n % 7) for n in range(rounds)] for t in taxonomies]
    for taxonomy, some in zip(taxonomies, heads, strict=True):
        for head in some[:10]:
            taxonomy.judge(head, taxonomy.tip)  # what is loaded once is nobody's time
    times: list[list[tuple[float, float]]] = [[] for _ in taxonomies]
    for turn in range(rounds):
        for place, taxonomy in enumerate(taxonomies):
            head = heads[place][turn]
            times[place].append(timed(lambda t=taxonomy, h=head: t.judge(h, t.tip)))  # type: ignore[misc]
    return times


def planted(dice: random.Random, number: int, rarest: bool) -> tuple[tuple[str, str], tuple[str, str]]:
    """A seed, and the same with so many words exchanged that half to three quarters of all are in both."""
    names, weights = large.vocabulary()
    rank = {word: place for place, word in enumerate(names)}
    seed = large.seeds(number)[dice.randrange(5)]
    have = sorted(shingles(*seed))
    dice.shuffle(have)
    if rarest:
        have.sort(key=lambda word: -rank.get(word, -1))
    share = dice.uniform(0.5, 0.75)
    count = next((k for k in range(len(have)) if (len(have) - k - 1) / (len(have) + k + 1) < share), 0)
    other = dict(zip(have[:count], dice.choices(names, cum_weights=weights, k=count), strict=True))
    question, answer = (" ".join(other.get(word, word) for word in words(text)) for text in seed)
    return seed, (question, answer)


def found(index: Lookup, leaves: int, rarest: bool, count: int = 300) -> float:
    """The share of planted near-duplicates whose original is found."""
    dice, hits, asked = random.Random(5), 0, 0
    while asked < count:
        number = dice.randrange(leaves)
        seed, other = planted(dice, number, rarest)
        if number % large.EVERY == large.EVERY - 1 or jaccard(shingles(*seed), shingles(*other)) < 0.5:
            continue
        asked += 1
        hits += any((near.known.question, near.known.answer) == seed for near in index.near(*other, 0.5))
    return hits / count


def lookups(index: Lookup, leaves: int, count: int = 300) -> float:
    """The median of our own milliseconds for one seed."""

    def ask(question: str, answer: str) -> None:
        list(index.near(question, answer, 0.5))
        list(index.asked(question))

    seeds = [large.seeds(n * (leaves // count) + 1)[0] for n in range(count)]
    return statistics.median(timed(lambda s=seed: ask(*s))[0] for seed in seeds)  # type: ignore[misc]


def moved(taxonomy: Taxonomy, rounds: int) -> float:
    """The median of our own milliseconds to move the index by one leaf that was merged, and back."""
    seeds, times = Seeds(file=taxonomy.file), []
    for n in range(rounds):
        for commit in (taxonomy.changed(n), taxonomy.tip):
            times.append(timed(lambda c=commit: seeds.standing(taxonomy.git, c))[0])  # type: ignore[misc]
    seeds.close()
    return statistics.median(times)


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """All figures."""
    small, big = Taxonomy(folder, SMALL), Taxonomy(folder, LARGE)
    small.ready()
    built = big.ready()
    warm()
    few, many = judged([small, big], rounds)
    told: dict[str, Any] = {"leaves": [SMALL, LARGE], "rounds": rounds}
    for name, times in (("small", few), ("large", many)):
        told[f"milliseconds_{name}"] = statistics.median(own for own, _ in times)
        told[f"wall_{name}"] = statistics.median(clock for _, clock in times)
    told["ratio"] = told["milliseconds_large"] / told["milliseconds_small"]
    seeds = Seeds(file=big.file)
    told["opened"] = timed(lambda: seeds.standing(big.git, big.tip))[0]
    with seeds.index(big.git, big.tip) as index:
        told |= {"lookup": lookups(index, LARGE), "found": found(index, LARGE, False)}
        told["found_common"] = found(index, LARGE, True)
    told |= {"moved": moved(big, 20), "build_seconds": built, "megabytes": big.file.stat().st_size / 1e6}
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in told.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judging_scale", description=__doc__)
    parser.add_argument("--folder", type=Path, default=settings().cache / "benchmarks")
    parser.add_argument("--rounds", type=int, default=100, help="judgements in each taxonomy")
    options = parser.parse_args(argv)
    options.folder.mkdir(parents=True, exist_ok=True)
    print(json.dumps(measure(options.folder, options.rounds)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
