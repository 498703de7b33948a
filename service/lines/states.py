"""Where a contribution and a batch can stand, and what moves them: tables, not ifs.

The diagram in the docs and on the page `/states` is drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar


class State(StrEnum):
    """Where a contribution stands."""

    opened = "opened"
    changes_requested = "changes-requested"
    needs_human = "needs-human"
    needs_review = "needs-review"
    rejected = "rejected"
    approved = "approved"
    conflicted = "conflicted"
    merged = "merged"
    batched = "batched"
    held_back = "held-back"
    released = "released"
    closed = "closed"
    superseded = "superseded"
    joined = "joined"


class Move(StrEnum):
    """What moves it."""

    pushed = "pushed"
    judged_passed = "judged passed"
    judged_doubt = "judged in doubt"
    judged_faulty = "judged faulty"
    judged_closed = "judged closed"
    approve = "approve"
    ask_for_changes = "request changes"
    reject = "reject"
    merge = "merge"
    land = "merged on the forge"
    conflict = "conflict"
    batch = "batch"
    unbatch = "unbatch"
    unbatch_unmerged = "unbatch, not merged"
    hold_back = "hold back"
    send_back = "held back, not merged"
    readmit = "readmit"
    readmit_unmerged = "readmit, not merged"
    release = "release"
    close = "close"
    supersede = "a newer one is released"
    judge_again = "the policy changes"
    doubt = "a triager is unsure"
    unapprove = "an approval is taken back"
    appeal = "appeal"
    rewind = "the base branch loses it"
    go_on = "it goes on in another"
    part = "the other lets it go"


S, M = State, Move
BEFORE_MERGE = (
    S.opened, S.changes_requested, S.needs_human, S.needs_review, S.rejected, S.approved, S.conflicted,
)  # fmt: skip

MOVES: dict[tuple[State, Move], State] = {
    **{(state, M.pushed): S.opened for state in (*BEFORE_MERGE, S.closed)},
    **{(state, M.close): S.closed for state in BEFORE_MERGE},
    **{
        (state, M.land): S.merged for state in (*BEFORE_MERGE, S.closed)
    },  # by a person's hand, or a lost answer
    **{
        (state, M.judge_again): S.opened  # and on by its new verdict, in the same transaction
        for state in (S.changes_requested, S.needs_human, S.needs_review, S.rejected, S.approved)
    },
    (S.needs_review, M.doubt): S.needs_human,
    (S.approved, M.unapprove): S.opened,  # and on by its verdict, in the same transaction
    (S.rejected, M.appeal): S.needs_human,
    (S.opened, M.judged_passed): S.needs_review,
    (S.opened, M.judged_doubt): S.needs_human,
    (S.opened, M.judged_faulty): S.changes_requested,
    (S.opened, M.judged_closed): S.rejected,
    (S.needs_review, M.approve): S.approved,
    (S.needs_human, M.approve): S.approved,
    (S.needs_review, M.ask_for_changes): S.changes_requested,
    (S.needs_human, M.ask_for_changes): S.changes_requested,
    (S.needs_review, M.reject): S.rejected,
    (S.needs_human, M.reject): S.rejected,
    (S.changes_requested, M.reject): S.rejected,
    (S.approved, M.merge): S.merged,
    (S.approved, M.conflict): S.conflicted,
    (S.merged, M.batch): S.batched,
    (S.merged, M.rewind): S.needs_human,  # and its approvals are given anew
    (S.approved, M.batch): S.batched,  # [merge] when = "after": it is merged when its batch has passed
    (S.batched, M.unbatch): S.merged,
    (S.batched, M.unbatch_unmerged): S.approved,
    (S.batched, M.hold_back): S.held_back,
    (S.batched, M.release): S.released,
    (S.held_back, M.readmit): S.merged,
    (S.held_back, M.readmit_unmerged): S.approved,  # while the batch that holds it back is not decided yet
    (S.held_back, M.send_back): S.changes_requested,  # it is in no branch: its author mends it and pushes
    (S.held_back, M.supersede): S.superseded,  # its author's corrected leaf, a contribution of its own
    **{
        (state, M.go_on): S.joined for state in (*BEFORE_MERGE, S.closed)
    },  # its commits are in another's history
    (S.joined, M.pushed): S.opened,  # its author goes on alone after all
    (S.joined, M.part): S.closed,
}


class Stage(StrEnum):
    """Where a batch stands."""

    generating = "generating"
    training = "training"
    searching = "searching"
    confirming = "confirming"
    passed = "passed"
    inconclusive = "inconclusive"
    failed = "failed"
    stalled = "stalled"
    released = "released"
    abandoned = "abandoned"


class Turn(StrEnum):
    """What moves a batch."""

    train = "rows are there"
    search = "a leaf fell"
    confirm = "a culprit is found"
    let_pass = "the gate passes it"
    refuse = "the gate refuses it"
    ask = "nobody can tell"
    stall = "a run fails or is cancelled"
    retry = "retry"
    override = "override"
    give_up = "give up"
    release = "release"


OPEN = (Stage.generating, Stage.training, Stage.searching, Stage.confirming)

TURNS: dict[tuple[Stage, Turn], Stage] = {
    (Stage.generating, Turn.train): Stage.training,
    (Stage.training, Turn.search): Stage.searching,
    (Stage.searching, Turn.confirm): Stage.confirming,
    (Stage.confirming, Turn.search): Stage.searching,  # the rest fell too
    (Stage.inconclusive, Turn.search): Stage.searching,  # a person's word reopens it
    (Stage.training, Turn.let_pass): Stage.passed,
    (Stage.confirming, Turn.let_pass): Stage.passed,
    **{(stage, Turn.refuse): Stage.failed for stage in OPEN[1:]},
    **{(stage, Turn.ask): Stage.inconclusive for stage in OPEN[1:]},
    **{(stage, Turn.stall): Stage.stalled for stage in OPEN},
    (Stage.stalled, Turn.retry): Stage.generating,  # and on at once, as far as its finished runs reach
    **{(stage, Turn.override): Stage.passed for stage in (Stage.inconclusive, Stage.failed)},
    **{(stage, Turn.give_up): Stage.abandoned for stage in (Stage.stalled, Stage.inconclusive, Stage.failed)},
    (Stage.passed, Turn.give_up): Stage.abandoned,  # until a release of it is planned
    (Stage.passed, Turn.release): Stage.released,
}

ONWARD = {Stage.training: Turn.train, Stage.searching: Turn.search, Stage.confirming: Turn.confirm}
DECIDED = {Stage.passed: Turn.let_pass, Stage.failed: Turn.refuse, Stage.inconclusive: Turn.ask}

VERDICT_MOVES = {
    "passed": M.judged_passed,
    "needs-human": M.judged_doubt,
    "changes-requested": M.judged_faulty,
    "rejected": M.judged_closed,
}


Place = TypeVar("Place", bound=StrEnum)
Step = TypeVar("Step", bound=StrEnum)


class NoSuchMove(ValueError):
    """The contribution does not stand where this could happen."""


def after(state: str, move: Move) -> State:
    """The state that `move` leads to; raises NoSuchMove where the table has none."""
    return _led(MOVES, State(state), move)


def turned(stage: str, turn: Turn) -> Stage:
    """The stage of a batch that `turn` leads to; raises NoSuchMove where the table has none."""
    return _led(TURNS, Stage(stage), turn)


def _led(table: dict[tuple[Place, Step], Place], place: Place, step: Step) -> Place:
    try:
        return table[place, step]
    except KeyError:
        possible = sorted(start.value for start, name in table if name == step)
        raise NoSuchMove(f"It is {place}; “{step}” needs it to be {' or '.join(possible)}.") from None


def along(stage: str, goal: str) -> Stage:
    """The stage that the plan asks for, reached by turns of the table; raises NoSuchMove where none lead there.

    A batch that is retried goes on at once, through every stage whose runs are done.
    """
    here, end = Stage(stage), Stage(goal)
    if here == end:
        return here
    turn = {Stage.generating: Turn.retry, **ONWARD, **DECIDED}[end]
    for on in ONWARD.values():
        if (here, turn) in TURNS:
            break
        here = TURNS.get((here, on), here)
    return turned(here, turn)


def diagram() -> str:
    """The table of contributions as a Mermaid state diagram, moves between the same two states on one arrow."""
    return _drawn(MOVES, S.opened)


def batch_diagram() -> str:
    """The table of batches, likewise."""
    return _drawn(TURNS, Stage.generating)


def _drawn(table: Mapping[tuple[Any, Any], StrEnum], first: StrEnum) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (start, move), end in table.items():
        arrow = (start.value.replace("-", "_"), end.value.replace("-", "_"))
        arrows.setdefault(arrow, []).append(move.value)
    lines = ["stateDiagram-v2", f"    [*] --> {first.value.replace('-', '_')}"]
    lines += [f"    {a} --> {b}: {', '.join(moves)}" for (a, b), moves in arrows.items()]
    return "\n".join(lines) + "\n"
