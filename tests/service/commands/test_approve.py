"""Approvals are counted by person and head, as many as the policy asks for."""

from __future__ import annotations

from pathlib import Path

from service.commands import approve
from service.db.tables import Contribution
from tests.lines.batch_world import World
from webhooks.event import Person


def test_two_approvals_need_two_people_for_the_same_head(tmp_path: Path) -> None:
    world = World(tmp_path, "[approve]\nneeds = 2\n")
    world.merged(1, "knowledge/one")
    tom, may, rea = (Person("plain", name, name) for name in ("tom", "may", "rea"))

    def stand(head: str) -> None:
        with world.house.database.write() as session:
            row = session.get_one(Contribution, ("t", 1))
            row.state, row.head, row.merged = "needs-review", head, None
            session.add(row)

    stand("a" * 40)
    for _ in range(2):
        approve.do(world.house, "t", {"number": 1}, tom)
        assert world.member(1).state == "needs-review"
    stand("b" * 40)
    approve.do(world.house, "t", {"number": 1}, may)
    assert world.member(1).state == "needs-review"
    approve.do(world.house, "t", {"number": 1}, rea)
    assert (world.member(1).state, world.member(1).approved_by) == ("approved", "plain/may, plain/rea")
