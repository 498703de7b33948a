"""Several judges: one that hangs holds up nobody, repositories take turns, and a revision is judged once."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.placement.judge import Ask, Fault, Judged, NoJudge, Open, Stopped
from service.placement.pool import Pool, pool_of
from service.placement.turns import Turns
from tests.service.placement.test_judge import FOLDER, LIMIT, POISONED, Forge


class Slow:
    """A judge of the tests: it tells what it was asked, and answers when it is let."""

    def __init__(self, asked: list[str]) -> None:
        self.asked, self.let = asked, threading.Semaphore(0)
        self.started = 0

    def start(self) -> None:
        self.started += 1

    def ask(self, ask: Ask) -> Judged:
        self.asked.append(f"{ask.address}{ask.number}")
        self.let.acquire(timeout=30)
        return Judged({}, [])

    def close(self) -> None:
        self.let.release(99)


def about(address: str, number: int = 1) -> Ask:
    return Ask(address, "t", "h", number, "", "ada", None)


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.005)


def asking(pool: Pool, *asks: Ask) -> list[threading.Thread]:
    """Ask each from a thread of its own, in this order."""
    threads = []
    for ask in asks:
        waiting = sum(map(len, pool._waiting.values()))
        free = len(pool._free)
        threads.append(threading.Thread(target=pool.ask, args=(ask,)))
        threads[-1].start()
        until(lambda: len(pool._free) < free or sum(map(len, pool._waiting.values())) > waiting)  # noqa: B023
    return threads


def test_repositories_take_turns_however_many_questions_one_has() -> None:
    asked: list[str] = []
    judge = Slow(asked)
    pool = Pool([judge])
    threads = asking(pool, *(about("a", n) for n in range(4)), about("b", 0), about("c", 0), about("b", 1))
    judge.let.release(99)
    for thread in threads:
        thread.join(30)
    assert asked == ["a0", "a1", "b0", "c0", "a2", "b1", "a3"]


def test_as_many_questions_go_side_by_side_as_there_are_judges() -> None:
    asked: list[str] = []
    judges = [Slow(asked), Slow(asked)]
    pool = Pool(judges)
    threads = asking(pool, about("a", 1), about("a", 2), about("a", 3))
    until(lambda: len(asked) == 2)
    assert (len(pool._free), sum(map(len, pool._waiting.values()))) == (0, 1)
    for judge in judges:
        judge.let.release(99)
    for thread in threads:
        thread.join(30)
    assert sorted(asked) == ["a1", "a2", "a3"]


def test_a_judge_that_knows_the_repository_is_preferred() -> None:
    first, second = Slow([]), Slow([])
    pool = Pool([first, second])
    threads = asking(pool, about("a"), about("b"))
    until(lambda: len(first.asked) + len(second.asked) == 2)
    for judge in (first, second):
        judge.let.release(99)
    for thread in threads:
        thread.join(30)
    for address in "aabbab":
        pool.ask(about(address))
    assert sorted(set(judge.asked).pop() for judge in (first, second)) == ["a1", "b1"]
    assert [len(set(judge.asked)) for judge in (first, second)] == [1, 1]


def test_a_closed_pool_sends_away_who_asks_and_who_waits() -> None:
    pool = Pool([Slow([])])
    said: list[str] = []

    def ask() -> None:
        try:
            pool.ask(about("b"))
        except NoJudge as why:
            said.append(str(why))

    busy = asking(pool, about("a"))
    until(lambda: not pool._free)
    waits = threading.Thread(target=ask)
    waits.start()
    until(lambda: bool(pool._waiting))
    pool.close()
    for thread in (*busy, waits):
        thread.join(30)
    assert said == ["closing"]
    with pytest.raises(NoJudge):
        pool.ask(about("a"))


def test_a_judge_is_free_again_after_it_could_not_answer() -> None:
    class Broken(Slow):
        def ask(self, ask: Ask) -> Judged:
            raise NoJudge("it does not start")

    pool = Pool([Broken([])])
    for _ in range(3):
        with pytest.raises(NoJudge):
            pool.ask(about("a"))


def test_only_one_process_is_started_ahead() -> None:
    judges = [Slow([]), Slow([])]
    Pool(judges).start()
    assert [judge.started for judge in judges] == [1, 0]


def test_turns_are_kept_by_key_and_forgotten_afterwards() -> None:
    turns, order = Turns(), list[str]()

    def take(name: str) -> None:
        with turns.of("a"):
            order.append(name)

    with turns.of("a"), turns.of("b"):
        waits = threading.Thread(target=take, args=("second",))
        waits.start()
        until(lambda: turns._wanted["a"] == 2)
        order.append("first")
    waits.join(30)
    assert order == ["first", "second"]
    assert not turns._locks
    assert not turns._wanted


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    made = Forge(tmp_path)
    made.house = dataclasses.replace(made.house, judge=pool_of(2, POISONED, LIMIT))
    yield made
    made.house.judge.close()


@pytest.mark.slow
@pytest.mark.parametrize(("poison", "why"), [("hang", "late"), ("crash", "ended"), ("grow", "ended")])
def test_a_poison_holds_up_one_process_and_nobody_else(forge: Forge, poison: str, why: str) -> None:
    bad, good = forge.proposed(1, f"POISON {poison}"), forge.proposed(2)
    told: list[Judged | Fault | Stopped] = []
    thread = threading.Thread(target=lambda: told.append(forge.house.judge.ask(forge.ask(1, bad))))
    thread.start()
    before = (Open(1, bad, "ada"),)
    assert isinstance(forge.house.judge.ask(forge.ask(2, good, before)), Judged)
    if poison == "hang":
        assert thread.is_alive(), "the other one still hangs"
    thread.join(60)
    assert isinstance(told[0], Stopped)
    assert (told[0].reading.head, told[0].reading.path, told[0].why) == (bad, f"{FOLDER}1/qna.yaml", why)
    assert isinstance(forge.house.judge.ask(forge.ask(2, good, before)), Judged)


@pytest.mark.slow
def test_a_fault_is_told_and_who_can_not_be_read_is_left_out_by_all(forge: Forge) -> None:
    bad, good = forge.proposed(1, "POISON fault"), forge.proposed(2)
    told = forge.house.judge.ask(forge.ask(1, bad))
    assert isinstance(told, Fault)
    assert isinstance(forge.house.judge, Pool)
    missing = (Open(1, "0" * 40, "ada"),)
    for judge in forge.house.judge.judges:
        assert isinstance(judge.ask(forge.ask(2, good, missing)), Judged)
    one, other = (judge._shunned for judge in forge.house.judge.judges)  # type: ignore[attr-defined]
    assert one is other
    assert one == {(str(forge.bare), 1, "0" * 40)}


@pytest.mark.slow
def test_a_revision_that_two_threads_hear_of_is_judged_once_and_two_revisions_at_a_time(forge: Forge) -> None:
    forge.proposed(1, "POISON slow")
    forge.proposed(2, "POISON slow")
    inner, together = forge.house.judge, threading.Barrier(2, timeout=60)
    asked: list[int] = []

    class Counting(Slow):
        def ask(self, ask: Ask) -> Judged | Fault | Stopped:  # type: ignore[override]
            asked.append(ask.number)
            together.wait()  # both are here at once, or the test fails
            return inner.ask(ask)

    forge.house = dataclasses.replace(forge.house, judge=Counting([]))
    threads = [threading.Thread(target=forge.seen, args=(number,)) for number in (1, 2, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert sorted(asked) == [1, 2]
    assert [kind for kind, _ in forge.events()].count("contribution.judged") == 2
    forge.house = dataclasses.replace(forge.house, judge=inner)


@pytest.mark.slow
def test_what_is_kept_in_a_process_changes_no_verdict(tmp_path: Path) -> None:
    from service.placement.judge import COMMAND

    made = Forge(tmp_path)
    pool = pool_of(1, COMMAND)
    try:
        head = made.proposed(1, seeds=2)
        first, again = (pool.ask(made.ask(1, head)) for _ in range(2))
    finally:
        pool.close()
        made.house.judge.close()
    assert isinstance(first, Judged)
    assert first == again
