"""The process that judges: reads questions from stdin, answers on stdout, and says what it is reading.

`python -m service.placement.judge_server [FOLDER]`, where FOLDER keeps the indexes of seeds. It ends when its stdin
closes; a timer of the kernel ends it where it hangs and nobody is left to kill it.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

import pygit2

from service.facts.firsts import Firsts, Histories
from service.facts.leaves import leaves_since, seeds_of
from service.facts.listings import in_tree, listings
from service.facts.seeds import Broken, Seeds, file_for
from service.git import read
from service.kept import KeptInMemory
from service.placement import judge as pipe
from service.placement.judge import Ask, Fault, Judged, Reading
from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import writable
from triage_rules.index import Index, SeedsIndex
from triage_rules.judge import judge
from triage_rules.outline import outline_of
from triage_rules.policy import Policy
from triage_rules.rule import Facts
from triage_rules.taxonomy import Seed
from triage_rules.verdict import Verdict

MEMORY = 4 * 1024**3  # bytes of address space for what is ours: the index of a large tree
ROOM = 256 * 1024**2  # bytes more than it held: a revision that wants more ends this process, not the machine
WINDOW = 16 * 1024**2  # bytes of a pack that are mapped at once: a large repository is no stranger's fault
SIZE = Path("/proc/self/statm")  # begins with the pages of address space; where there is none, MEMORY holds
ALONE = 30  # seconds longer than whoever asked would wait

Tell = Callable[[Reading], None]
Judging = Callable[[Contribution, Policy, Facts], Verdict]


class Bench:
    """Everything that is kept between two judgements: an index of seeds a repository, in `folder` or in memory."""

    def __init__(self, tell: Tell, judging: Judging = judge, folder: Path | None = None) -> None:
        self._tell, self._judging, self._folder = tell, judging, folder
        self._seeds: dict[str, Seeds] = {}

    def judged(self, ask: Ask) -> Judged:
        """One judgement, from Git's objects alone; once more where the index was found broken."""
        try:
            return self._judged(ask)
        except Broken:
            return self._judged(ask)

    def _judged(self, ask: Ask) -> Judged:
        self._tell(Reading())
        git = read.open_repository(ask.address)
        tip = read.commit_at(git, ask.tip)
        with self._index(ask).index(git, tip, ask.others, ask.number) as index:
            return self._by(ask, git, tip, Firsts(index, ask.number, self._histories(ask, git, tip)))

    def _by(self, ask: Ask, git: pygit2.Repository, tip: pygit2.Commit, index: Index) -> Judged:
        self._tell(Reading(ask.number, ask.head))
        base = read.merge_base(git, tip, read.commit_at(git, ask.head)) or tip
        change = read.contribution(
            git,
            str(base.id),
            ask.head,
            title=ask.title,
            body=ask.text,
            author=ask.author,
            number=ask.number,
        )
        if change.files:
            self._tell(Reading(ask.number, ask.head, writable(change.files[0].path)))
        facts = Facts(index, ask.told, listings(in_tree(base.tree), change.files))
        verdict = self._judging(change, policy(ask.policy), facts)
        leaves = {*(leaf.path for leaf in change.leaves), *change.withdrawn}
        return Judged(verdict.to_json(), sorted(map(writable, leaves)), outline_of(change).to_json())

    def _histories(self, ask: Ask, git: pygit2.Repository, tip: pygit2.Commit) -> Histories:
        """The revisions of all, read when two of them say the same; each under its own name, as it is a stranger's."""
        seen = {each.number: each.revisions for each in ask.others} | {ask.number: ask.revisions}

        def leaves(number: int, head: str) -> list[str]:
            self._tell(Reading(number, head))
            try:
                base = read.merge_base(git, tip, read.commit_at(git, head)) or tip
                found = [str(oid) for _path, oid in leaves_since(git, base, head)]
            except read.NoSuchRevision:  # forced away, and collected
                found = []
            self._tell(Reading(ask.number, ask.head))
            return found

        def seeds(number: int, head: str, blob: str) -> Iterator[Seed]:
            self._tell(Reading(number, head))
            yield from seeds_of(git, blob)
            self._tell(Reading(ask.number, ask.head))

        return Histories(seen, leaves, seeds, lambda blob: git[blob].peel(pygit2.Blob).size)

    def _index(self, ask: Ask) -> Seeds:
        if ask.address not in self._seeds:
            file = file_for(self._folder, ask.address) if self._folder is not None else None
            self._seeds[ask.address] = Seeds(lambda number, head: self._tell(Reading(number, head)), file)
        return self._seeds[ask.address]


@lru_cache(maxsize=64)
def policy(text: str | None) -> Policy:
    """The policy that a text says; the default where there is none."""
    return Policy.default() if text is None else Policy.from_toml(text)


def warm() -> None:
    """Judge a leaf of ours, so that what is loaded once (rules, schemas, licences) costs no stranger's time."""
    leaf, attribution = b"version: 3\nseed_examples: []\n", b"License of the work: CC-BY-4.0\n"
    files = [("knowledge/warm/qna.yaml", leaf), ("knowledge/warm/attribution.txt", attribution)]
    changed = tuple(ChangedFile(path, "added", after=data) for path, data in files)
    judge(Contribution("0" * 40, "0" * 40, changed), Policy.default(), Facts(seeds_index=SeedsIndex()))


def serve(judging: Judging | None = None, folder: Path | None = None) -> None:
    """Answer questions until nobody asks any more. `judging` is what judges: a test's, or the rules, which keep what
    they said of a folder for the next revision that leaves it as it is.
    """
    judging = judging or partial(judge, kept=KeptInMemory())
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever prints goes to the log, not between the answers
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    pygit2.settings.mwindow_size, pygit2.settings.mwindow_mapped_limit = WINDOW, 4 * WINDOW
    give_room(None)

    last = [Reading()]

    def tell(reading: Reading) -> None:
        if (reading.number, reading.head) != (last[0].number, last[0].head):
            give_room(None if reading.number is None else ROOM)
        last[0] = reading
        longer = 1.0 if reading.number is not None else pipe.PATIENCE
        signal.alarm(int(pipe.LIMIT * longer + ALONE))
        pipe.send(answers, reading)

    warm()
    bench = Bench(tell, judging, folder)
    with suppress(pipe.Gone):  # nobody asks any more
        while True:
            ask = pipe.ASK.decode(pipe.receive(0))
            answer = _answer(bench, ask, last)
            signal.alarm(0)
            last[0] = Reading()
            give_room(None)
            pipe.send(answers, answer)


def give_room(room: int | None) -> None:
    """Let this process take `room` bytes more than it holds now; None is for what is ours."""
    most, hard = MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]
    if room is not None and SIZE.exists():
        most = min(MEMORY, int(SIZE.read_text().split()[0]) * resource.getpagesize() + room)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _answer(bench: Bench, ask: Ask, last: list[Reading]) -> Judged | Fault:
    try:
        return bench.judged(ask)
    except (pipe.Gone, MemoryError):
        raise
    except Exception:  # the edge of a judgement: told, so that it is a fault of ours and no silence
        return Fault(traceback.format_exc(), last[0])


if __name__ == "__main__":
    serve(folder=Path(sys.argv[1]) if len(sys.argv) > 1 else None)
