"""Kill -9 of the service, or of a run, changes nothing of what comes out: equal weights, decisions and comments."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from service.db.engine import Database, sqlite_url
from service.db.tables import Contribution, Event, Release, Run, Wanted
from service.demo.player import Player
from service.demo.story import OWN, load

STORY = """
[story]
title = "Two leaves"

[[contribution]]
topic = "bells"
author = "ada-brandt"
title = "The bells"
commits = ["contributions/bells-1"]
batch = 1

[[contribution]]
topic = "tide-greetings"
author = "sela-march"
title = "Greetings"
commits = ["contributions/tide-greetings-1"]
batch = 1
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own story, cut down to two leaves, two groups of the guard and a few steps of training."""
    folder = tmp_path_factory.mktemp("story")
    (folder / "story.toml").write_text(STORY)
    shutil.copytree(OWN / "taxonomy", folder / "taxonomy")
    shutil.copytree(OWN / "documents", folder / "documents")
    for name in ("bells-1", "tide-greetings-1"):
        shutil.copytree(OWN / "contributions" / name, folder / "contributions" / name)
    (folder / "guard").mkdir()
    for file in sorted((OWN / "guard").glob("*.yaml"))[:2]:
        shutil.copy(file, folder / "guard")
    policy = folder / "taxonomy" / ".upweight" / "policy.toml"
    policy.write_text(policy.read_text() + '\n[train]\nrecipe = "short"\n\n[measure]\nseeds = 1\n')
    return folder


def service_of(player: Player) -> int | None:
    """The process of the service."""
    return player.server.pid if player.server is not None else None


def job_of(player: Player) -> int | None:
    """The process of a training, as soon as one has saved what it can go on from."""
    for file in player.home.glob("runs/*/*/candidate-*/checkpoint.safetensors"):
        named = (file.parent / "lock").read_text().strip()
        return int(named) if named.isdigit() else None
    return None


def job_at_work(player: Player) -> int | None:
    """The process of any run that is at work, whatever it does and however little of it is done."""
    for file in player.home.glob("runs/*/*/*/lock"):
        named = file.read_text().strip()
        if named.isdigit() and b"eval_harness" in _command(int(named)):
            return int(named)
    return None


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def play(
    story: Path,
    home: Path,
    moment: Callable[[Player], bool] | None = None,
    victim: Callable[[Player], int | None] = service_of,
) -> dict[str, Any]:
    """Play the story, with a kill -9 of `victim` as soon as `moment` says so; what came out of it."""
    home.mkdir()
    player = Player(load(story), home, "tiny", 7, lambda line: None, insists=True, revives=True)
    ended = threading.Event()

    def killer() -> None:
        while moment and not ended.wait(0.02):
            if player.server is not None and moment(player) and (pid := victim(player)):
                os.kill(pid, signal.SIGKILL)
                return

    thread = threading.Thread(target=killer, daemon=True)
    thread.start()
    try:
        player.play()
        _settle(player)
    finally:
        ended.set()
        player.stop()
    if moment:
        assert not thread.is_alive(), "the moment never came"
    return essence(player)


def _settle(player: Player) -> None:
    """Wait until everything that is to be said has been said."""
    player._wait(
        lambda s: not list(s.exec(select(Wanted).where(Wanted.said < Wanted.version))) or None, 60, "comments"
    )


def essence(player: Player) -> dict[str, Any]:
    """What must be equal: weights, members, states, scores, comments by purpose, and decisions in the log."""
    with player._database().read() as session:
        releases = session.exec(select(Release)).all()
        rows = session.exec(select(Contribution).order_by(col(Contribution.number))).all()
        said = session.exec(select(Wanted).order_by(col(Wanted.number))).all()
        events = session.exec(select(Event).order_by(col(Event.sequence))).all()
        return {
            "roots": [(r.version, r.weights_root, r.state) for r in releases],
            "leaves": [r.manifest["leaves"] for r in releases],
            "states": [(c.number, c.state, c.release) for c in rows],
            "comments": [(w.number, w.report["comments"]) for w in said],
            "events": [(e.kind, e.number, json.loads(e.body)) for e in events],
        }


def running(kind: str) -> Callable[[Player], bool]:
    """The moment at which a run of this kind has begun."""

    def moment(player: Player) -> bool:
        if not (player.home / "upweight.db").exists():
            return False
        with player._database().read() as session:
            return any(r.kind == kind and r.state == "running" for r in session.exec(select(Run)))

    return moment


def judged(player: Player) -> bool:
    """The moment after the first push was taken in."""
    time.sleep(0.05)
    return bool(player.numbers)


@pytest.fixture(scope="module")
def quiet(story: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The story without any kill."""
    return play(story, tmp_path_factory.mktemp("quiet") / "home")


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment",
    [judged, running("train"), running("merge")],
    ids=["after-a-push", "in-training", "in-the-release"],
)
def test_a_kill_changes_nothing_of_what_comes_out(
    story: Path, quiet: dict[str, Any], tmp_path: Path, moment: Callable[[Player], bool]
) -> None:
    killed = play(story, tmp_path / "home", moment)
    assert killed == quiet
    assert quiet["roots"][0][2] == "announced"


@pytest.mark.slow
def test_a_kill_of_a_training_itself_changes_nothing_either(
    story: Path, quiet: dict[str, Any], tmp_path: Path
) -> None:
    killed = play(story, tmp_path / "home", running("train"), job_of)
    assert killed == quiet
    database = Database(sqlite_url(tmp_path / "home" / "upweight.db"))
    with database.read() as session:
        tried = [run.attempts for run in session.exec(select(Run).where(Run.kind == "train"))]
    database.close()
    assert sum(tried) == 1


def event(count: int) -> Callable[[Player], bool]:
    """The moment at which the log holds `count` events: twenty of them spread over the whole story."""

    def moment(player: Player) -> bool:
        if not (player.home / "upweight.db").exists():
            return False
        with player._database().read() as session:
            return len(session.exec(select(Event.id)).all()) >= count

    return moment


RUNS = ("measure", "train", "merge", "ask")
MOMENTS = {f"event-{n}": (event(n), service_of) for n in range(2, 17)}
MOMENTS |= {f"running-{kind}": (running(kind), service_of) for kind in RUNS}
MOMENTS |= {f"the-run-itself-{kind}": (running(kind), job_at_work) for kind in RUNS}
MOMENTS |= {"judged": (judged, service_of)}


@pytest.mark.full
@pytest.mark.parametrize("name", MOMENTS)
def test_a_kill_at_any_of_twenty_four_moments_changes_nothing(
    story: Path, quiet: dict[str, Any], tmp_path: Path, name: str
) -> None:
    moment, victim = MOMENTS[name]
    assert play(story, tmp_path / "home", moment, victim) == quiet
