"""Whatever happens to a branch and its contributions, the index of seeds answers as one that is made anew."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.facts.seeds import Seeds
from tests.service.facts.bare import LAMPS, Before, Files, Taxonomy, answers, leaf, told
from triage_rules.index import SeedsIndex
from triage_rules.taxonomy import read

pytestmark = pytest.mark.slow

PATHS = (
    "knowledge/a/qna.yaml",
    "knowledge/b/qna.yaml",
    "compositional_skills/c/d/qna.yaml",
    "knowledge/a/x.yaml",
)
paths = st.sampled_from(PATHS)
texts = st.builds(
    lambda lamps, context: leaf(*lamps, context=context),
    st.lists(st.integers(0, len(LAMPS) - 1), min_size=1, max_size=3),
    st.sampled_from(("", "A quay", "A hill")),
)
contents = st.one_of(texts, st.just(b"[["), st.just(b""))
steps = st.one_of(
    st.tuples(st.just("write"), paths, contents),
    st.tuples(st.just("delete"), paths, st.none()),
    st.tuples(st.just("rename"), paths, paths),
    st.tuples(st.just("revert"), st.none(), st.none()),
    st.tuples(st.just("force"), st.integers(0, 9), st.none()),
    st.tuples(st.just("propose"), st.integers(1, 3), st.tuples(paths, contents)),
    st.tuples(st.just("push"), st.integers(1, 3), st.tuples(paths, contents)),
    st.tuples(st.just("close"), st.integers(1, 3), st.none()),
    st.tuples(st.just("reopen"), st.integers(1, 3), st.none()),
    st.tuples(st.just("merge"), st.integers(1, 3), st.none()),
    st.tuples(st.just("restart"), st.none(), st.none()),
)


class Play:
    """A branch and its contributions, with what each step makes of them."""

    def __init__(self, folder: Path) -> None:
        self.taxonomy = Taxonomy(folder)
        first: Files = {PATHS[0]: leaf(0, 3)}
        self.history = [(self.taxonomy.commit(first), first)]
        self.heads: dict[int, tuple[str, Files]] = {}
        self.open: set[int] = set()

    def advance(self, files: Files) -> None:
        self.history.append((self.taxonomy.commit(files, self.history[-1][0]), files))

    def step(self, kind: str, one: object, other: object) -> None:
        _tip, files = self.history[-1]
        if kind == "write":
            self.advance({**files, str(one): other})  # type: ignore[dict-item]
        elif kind == "delete":
            self.advance({path: data for path, data in files.items() if path != one})
        elif kind == "rename" and one in files:
            kept = {path: data for path, data in files.items() if path != one}
            self.advance({**kept, str(other): files[str(one)]})
        elif kind == "revert" and len(self.history) > 1:
            self.advance(self.history[-2][1])
        elif kind == "force":
            del self.history[1 + int(str(one)) :]
        elif kind in ("propose", "push"):
            self._propose(kind, int(str(one)), other)  # type: ignore[arg-type]
        elif kind == "close":
            self.open.discard(int(str(one)))
        elif kind == "reopen" and one in self.heads:
            self.open.add(int(str(one)))
        elif kind == "merge" and one in self.open:
            self.advance({**files, **self.heads[int(str(one))][1]})
            self.open.discard(int(str(one)))

    def _propose(self, kind: str, number: int, what: tuple[str, bytes]) -> None:
        tip, files = self.history[-1]
        if kind == "push" and number in self.heads:
            tip, files = self.heads[number]
        files = {**files, what[0]: what[1]}
        self.heads[number] = self.taxonomy.commit(files, tip), files
        self.open.add(number)

    @property
    def before(self) -> list[Before]:
        return [Before(number, self.heads[number][0], f"ada{number}") for number in sorted(self.open)]


@settings(max_examples=60)
@given(st.lists(steps, min_size=1, max_size=12), st.integers(0, 3))
def test_whatever_happened_it_answers_as_one_made_anew(
    happened: list[tuple[str, object, object]], later: int
) -> None:
    with TemporaryDirectory() as folder:
        play, file = Play(Path(folder)), Path(folder) / "seeds.db"
        seeds = Seeds(file=file)
        for kind, one, other in happened:
            play.step(kind, one, other)
            if kind == "restart":
                seeds.close()
                seeds = Seeds(file=file)
            tip, before = play.history[-1][0], play.before
            assert answers(seeds, play.taxonomy, tip, before) == answers(Seeds(), play.taxonomy, tip, before)
        earlier = [row for row in play.before if row.number <= later]  # an older contribution is judged again
        assert answers(seeds, play.taxonomy, tip, earlier) == answers(Seeds(), play.taxonomy, tip, earlier)
        seeds.close()


@settings(max_examples=60)
@given(st.dictionaries(paths, texts), st.lists(st.tuples(paths, texts), max_size=3))
def test_the_store_and_the_index_in_memory_answer_alike(
    files: Files, proposed: list[tuple[str, bytes]]
) -> None:
    with TemporaryDirectory() as folder:
        taxonomy, memory = Taxonomy(Path(folder)), SeedsIndex()
        tip, before = taxonomy.commit(files), []
        for number, (path, data) in enumerate(proposed, 1):
            before.append(Before(number, taxonomy.commit({**files, path: data}, tip), "ada"))
            reading = read(path, data).leaf
            if reading is not None and files.get(path) != data:
                memory.add_leaf(reading, number, "ada")
        for path, data in files.items():
            reading = read(path, data).leaf
            if reading is not None:
                memory.add_leaf(reading)
        assert answers(Seeds(), taxonomy, tip, before) == told(memory)
