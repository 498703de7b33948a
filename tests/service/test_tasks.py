"""The sweep and the workers: one sweep at a time, no fault keeps others from their turn, each its own runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from service import serve, tasks
from service.db import leases
from service.db.inbox import open_inbox
from service.db.tables import Batch, Contribution, Delivery, Release, Repository, Run
from service.embedded import Threads
from service.lines import run
from service.placement.turns import turn
from tests.lines.batch_world import World
from tests.service.lines.test_intake import contribute

EAGER = "[batch]\nat_least = 1\n"


def a_run(folder: Path, key: str, done: bool = False) -> Run:
    folder.mkdir(parents=True)
    if done:
        (folder / "result.json").write_text("{}")
    return Run(
        repository="t", batch=99, key=key, kind="ask", purpose="ask-before", directory=str(folder), created=0
    )


def with_broker(world: World) -> str:
    """Let the house's queue be a broker that other processes reach; gives its address."""
    url = f"sqla+sqlite:///{world.house.home}/queue.db"
    world.house.settings = world.house.settings.model_copy(update={"broker_url": url})
    return url


def test_two_sweeps_of_a_home_never_run_at_once_in_whatever_process(tmp_path: Path) -> None:
    world = World(tmp_path, EAGER)
    world.merged(1, "knowledge/one")
    with turn(world.house.home, "tick"):
        tasks.tick(world.house)
        assert world.member(1).state == "merged"
    tasks.tick(world.house)
    assert world.member(1).state == "batched"


def test_a_policy_that_can_not_be_read_is_said_once_and_batches_wait_until_it_is_mended(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, EAGER)
    world.merged(1, "knowledge/one")
    world.write(".upweight/policy.toml", "[batch]\nat_leest = 1\n")
    world.commit("Mistype")
    before = dict(tasks.faults)
    with capture_logs() as logged:
        tasks.tick(world.house)
        tasks.tick(world.house)
    assert [line["said"] for line in logged if line["event"] == "policy can't be read"] == [
        ".upweight/policy.toml:2: `batch.at_leest` is not known. Did you mean `at_least`?"
    ]
    assert dict(tasks.faults) == before
    assert world.member(1).state == "merged"
    world.write(".upweight/policy.toml", EAGER)
    world.commit("Mend it")
    tasks.tick(world.house)
    assert world.member(1).state == "batched"


def test_a_repository_that_is_gone_and_a_delivery_that_breaks_keep_no_other_from_its_turn(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, EAGER)
    world.merged(1, "knowledge/one")
    gone = Repository(
        id="a", forge="plain", address=str(tmp_path / "gone.git"), model="tiny", recipe="tiny", created=0.5
    )
    broken = Delivery(
        id="0", forge="plain", event="pushed", repository="t", body=b"no zlib", received=0.0, state="kept"
    )
    with world.house.database.write() as session:
        session.add(gone)
        session.add(broken)
    before = tasks.faults.copy()
    tasks.tick(world.house)
    tasks.catch_up(world.house)
    assert world.member(1).state == "batched"
    assert {name for name in tasks.faults if tasks.faults[name] > before[name]} >= {"drain", "take"}


DAY = 86_400


@pytest.mark.parametrize(
    ("every", "last_cut", "cut"),
    [
        ('""', None, True),
        ('""', 60, True),
        ('"manual"', None, False),
        ('"manual"', 9 * DAY, False),
        (f"{DAY}", None, True),
        (f"{DAY}", DAY - 60, False),
        (f"{DAY}", DAY + 60, True),
    ],
)
def test_the_timetable_cuts_a_release_when_the_policy_says_so(
    tmp_path: Path, every: str, last_cut: int | None, cut: bool
) -> None:
    world = World(tmp_path, f"[release]\nevery = {every}\n[batch]\nat_least = 9\n")
    now = time.time()
    with world.house.database.write() as session:
        kept = {"repository": "t", "members": [], "created": now, "updated": now}
        session.add(Batch(id=1, state="released", **kept))
        session.add(Batch(id=2, state="passed", spec={"against": "v1" if last_cut else None}, **kept))
        if last_cut:
            session.add(
                Release(
                    repository="t", version="v1", sequence=1, batch=1, state="announced",
                    directory="", manifest={}, created=now - last_cut,
                )
            )  # fmt: skip
    before = tasks.faults.copy()
    tasks.tick(world.house)
    with world.house.database.read() as session:
        planned = [row for row in session.exec(select(Release)) if row.batch == 2]
    assert len(planned) == cut
    assert tasks.faults["timetable"] == before["timetable"]


def test_a_restarted_house_takes_back_its_own_runs_and_nobody_elses(tmp_path: Path) -> None:
    world = World(tmp_path)
    house = world.house
    own, other = tasks.worker_name(house), "elsewhere:4711"
    with house.database.write() as session:
        for key, worker in (("own", own), ("other", other)):
            session.add(a_run(tmp_path / key, key))
            session.flush()
            assert leases.claim(session, worker, time.time(), 600.0, 1) is not None
    serve.take_back(house)
    assert {r.key: (r.state, r.worker) for r in world.runs()} == {
        "own": ("queued", None),
        "other": ("running", other),
    }
    with_broker(world)
    assert str(os.getpid()) in tasks.worker_name(house)
    with house.database.write() as session:
        assert leases.claim(session, tasks.worker_name(house), time.time(), 600.0, 1) is not None
    serve.take_back(house)  # a web process works on nothing, whatever it is called
    assert {r.state for r in world.runs()} == {"running"}


def test_workers_have_their_slots_each(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.house.database.write() as session:
        for key in "abc":
            session.add(a_run(tmp_path / key, key))
        session.flush()
        claimed = [leases.claim(session, worker, 0.0, 10.0, 1) for worker in ("one", "two", "two")]
        assert [each.worker if each else None for each in claimed] == ["one", "two", None]


async def test_the_door_opens_before_what_was_missed_is_judged(tmp_path: Path) -> None:
    world = World(tmp_path)
    contribute(world, tmp_path)
    rung: list[str] = []
    inbox = open_inbox(world.house.database.url)
    threads = Threads(world.house, tasks.make_app(world.house), works=False, timetable=False)
    world.house.ring = lambda name, *_: rung.append(name)
    services = serve._services(world.house, inbox, threads)
    for each in services.on_startup:
        await each()
    try:
        with world.house.database.read() as session:
            assert session.exec(select(Contribution)).all() == []
        assert "catch_up" in rung
    finally:
        for each in services.on_shutdown:
            await each()


def test_the_pages_answer_under_the_public_address_of_the_settings(tmp_path: Path) -> None:
    world = World(tmp_path)
    inbox = open_inbox(world.house.database.url)
    threads = Threads(world.house, tasks.make_app(world.house), works=False, timetable=False)
    named = {"public_url": "https://weights.example.org"}
    world.house.settings = world.house.settings.model_copy(update=named)
    assert {"weights.example.org", "localhost"} <= set(serve._services(world.house, inbox, threads).hosts)


@pytest.mark.slow
def test_a_worker_of_its_own_does_what_is_queued_and_stops_when_it_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    broker = with_broker(world)
    with world.house.database.write() as session:
        session.add(a_run(tmp_path / "job", "k", done=True))
    environ = {**os.environ, "UPWEIGHT_BROKER_URL": broker}
    command = [sys.executable, "-m", "service", "worker", "--home", str(world.house.home)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        told = json.loads(worker.stdout.readline())
        assert told["worker"].endswith(f":{worker.pid}")
        until = time.monotonic() + 120
        while not world.runs("done") and time.monotonic() < until and worker.poll() is None:
            time.sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    assert [row.key for row in world.runs("done")] == ["k"]


@pytest.mark.slow
def test_a_home_that_works_itself_needs_no_worker(tmp_path: Path) -> None:
    world = World(tmp_path)
    command = [sys.executable, "-m", "service", "worker", "--home", str(world.house.home)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode not in (0, 70)
    assert "UPWEIGHT_BROKER_URL" in done.stderr
    assert run.sweep(world.house) == 0
