"""What is kept of GitHub's answers, for how long, and how much of it."""

from __future__ import annotations

from webhooks.forge import Right
from webhooks.github.memory import ANSWERS, BYTES, MOST, SECONDS, Answers, Kept, Memory


def test_a_right_is_believed_for_some_minutes_and_no_longer() -> None:
    now = 5.0
    memory = Memory(lambda: now)
    memory.put(Right.admin, "right", "a/b", "1")
    memory.put(Right.none, "right", "a/c", "1")
    now += SECONDS - 1
    assert memory.get("right", "a/b", "1") is Right.admin
    assert memory.get("right", "a/c", "1") is Right.none  # of another repository it is another
    now += 1
    assert memory.get("right", "a/b", "1") is None


def test_as_many_people_as_come_are_not_all_kept() -> None:
    memory = Memory()
    for number in range(MOST + 1):
        memory.put(True, "member", str(number))
    assert memory.get("member", "0") is None
    assert memory.get("member", str(MOST)) is True


def test_the_oldest_answers_go_and_long_ones_are_not_kept() -> None:
    answers = Answers()
    for number in range(ANSWERS + 1):
        answers.put((1, str(number)), Kept("mark", b"x", None))
    answers.put((1, "long"), Kept("mark", b"x" * (BYTES + 1), None))
    answers.put((1, "unmarked"), Kept("", b"x", None))
    gone = [key for key in ("0", "long", "unmarked") if answers.get((1, key)) is None]
    assert gone == ["0", "long", "unmarked"]
    assert answers.get((1, "1")) is not None
    assert answers.get((2, "1")) is None  # another installation sees nothing of it
