"""A mirror is tidied by the timetable, and no head goes that anybody may still ask for."""

from __future__ import annotations

from pathlib import Path

from service.db.tables import Contribution
from service.lines import mirrors, upkeep
from tests.lines.batch_world import World
from tests.lines.forge_world import ForgeWorld, leaf
from tests.lines.test_merge_on_forge import ONE, TWO
from tests.lines.test_rewound import row

NOW = 1_000 * 86400.0


def test_only_what_was_closed_long_ago_and_never_merged_goes() -> None:
    states = ["closed", "rejected", "opened", "released", "superseded", "held-back", "changes-requested"]
    old = [row(n, state, None) for n, state in enumerate(states)]
    new, merged = row(20, "closed", None), row(21, "closed", "m")
    new.updated = NOW - upkeep.KEPT + 1
    assert upkeep.unneeded([*old, new, merged], NOW) == [0, 1]


def test_the_head_of_what_was_closed_goes_and_the_others_stay(tmp_path: Path) -> None:
    world = ForgeWorld(tmp_path)
    kept = world.approved(1, {ONE: leaf("one", 1)})
    world.approved(2, {TWO: leaf("two", 1)})
    mirrors.refresh(world.house, world.repository, None)
    with world.house.database.write() as session:
        member = session.get_one(Contribution, ("t", 2))
        member.state = "closed"
        session.add(member)
    assert upkeep.tidy(world.house, world.repository, NOW)
    refs = world.mirror.references
    assert "refs/pull/2/head" not in refs
    assert str(refs["refs/pull/1/head"].target) == kept


def test_a_bare_repository_of_our_own_is_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert not upkeep.tidy(world.house, world.repository, NOW)


def test_a_ref_that_has_served_goes_from_the_forge_when_it_can_be_reached_again(tmp_path: Path) -> None:
    world = ForgeWorld(tmp_path)
    main = world.mirror.references["refs/heads/main"].target
    names = [
        "refs/upweight/merge/4",
        "refs/upweight/landing/2",
        "refs/upweight/batch/2",
        "refs/upweight/rewound/x",
    ]
    for name in names:
        world.mirror.references.create(name, main)
    world.git.references.create(names[0], main)  # whoever put the other one there died before it came
    away = world.bare.rename(tmp_path / "away")
    upkeep.tidy(world.house, world.repository, NOW)
    assert set(names) <= set(world.mirror.references)
    away.rename(world.bare)
    upkeep.tidy(world.house, world.repository, NOW)
    assert names[0] not in world.git.references
    assert [name for name in names if name in world.mirror.references] == names[2:]
