"""What a release's manifest says, from the rows of what happened."""

from __future__ import annotations

from typing import Any

import pytest

from service.db.tables import Batch, Contribution, Release, Repository, Run
from service.lines import jobs
from service.policy import Policy
from service.release.manifest import manifest

HERE = Repository(id="isle", forge="plain", address="isle.git", created=0.0)


def batch_of(planned: dict[str, Any] | None) -> Batch:
    result = {"leaves": [], "planned": planned}
    gate = {"members": [1], "look": 1, "decision": "passed", "reasons": [], "result": result}
    spec = {"recipe": "tiny", "seeds": [11, 12], "taxonomy": "c0ffee"}
    return Batch(
        repository="isle",
        id=1,
        state="passed",
        members=[1],
        spec=spec,
        gates=[gate],
        created=0.0,
        updated=0.0,
    )


def release_of(version: str, planned: dict[str, Any] | None, last: Release | None) -> Release:
    number = int(version[1:])
    release = Release(
        repository="isle",
        version=version,
        sequence=number,
        batch=number,
        state="built",
        directory="",
        created=0.0,
    )
    runs = [
        Run(repository="isle", batch=number, key=f"{seed}", kind="train", purpose="candidate", seed=seed,
            directory=f"run-{version}-{seed}", created=0.0)
        for seed in (11, 12)
    ]  # fmt: skip
    release.manifest = manifest(HERE, release, batch_of(planned), last, runs, [])
    return release


def test_the_first_release_is_the_anchor_and_its_margin_is_planned_from_its_own_runs() -> None:
    first = release_of("v1", {"epsilon": 0.04, "coarse": False}, None)
    assert first.manifest["epsilon"] == 0.04
    assert first.manifest["anchor"]["version"] == "v1"


def test_a_member_that_several_people_wrote_names_them_all() -> None:
    release, batch = release_of("v1", None, None), batch_of(None)
    members = [
        Contribution(
            repository="isle", number=number, topic="t", title="T", author_forge="plain", author_id="ada",
            state="batched", head="1" * 40, opened=0.0, updated=0.0,
        )
        for number in (1, 2)
    ]  # fmt: skip
    batch.members = [1, 2]
    runs = [Run(repository="isle", batch=1, key="k", kind="train", purpose="candidate", seed=1, directory="d",
                created=0.0)]  # fmt: skip
    told = manifest(HERE, release, batch, None, runs, members, {2: ["bo", "cy"]})
    assert [each.get("co_authors") for each in told["members"]] == [None, ["bo", "cy"]]


def test_later_releases_carry_the_anchor_and_its_margin_on() -> None:
    first = release_of("v1", {"epsilon": 0.04, "coarse": False}, None)
    second = release_of("v2", {"epsilon": 0.02, "coarse": False}, first)
    assert (second.manifest["epsilon"], second.manifest["anchor"]) == (0.04, first.manifest["anchor"])


def test_where_a_person_let_a_batch_without_a_verdict_pass_no_margin_is_planned() -> None:
    assert release_of("v1", None, None).manifest["epsilon"] is None


@pytest.mark.parametrize(("leaves", "widest"), [(11, 0.08), (12, 0.05)])
def test_the_margin_is_the_frozen_one_and_the_widest_until_there_is_one(leaves: int, widest: float) -> None:
    protected = [str(i) for i in range(leaves)]
    first = release_of("v1", {"epsilon": 0.03, "coarse": False}, None)
    assert jobs.epsilon(Policy(), None, protected) == {"release": widest, "anchor": 0.05}
    assert jobs.epsilon(Policy(), release_of("v1", None, None), protected)["release"] == widest
    assert jobs.epsilon(Policy(), first, protected) == {"release": 0.03, "anchor": 0.05}
