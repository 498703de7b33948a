"""A job's process: one at a time in a directory, found after its starter's death, never left unwatched."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.db.tables import Run
from service.lines import run
from service.placement.subprocess import Process
from tests.lines.batch_world import World

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")
KILLED_AT_ONCE = """
import os, signal, subprocess, sys
from pathlib import Path
from service.placement.subprocess import Process

class Last(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        print(self.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

subprocess.Popen = Last
Process("train", Path(sys.argv[1]), 1, dict(os.environ), (sys.executable, "-c", "import time; time.sleep(600)"))
"""


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with any job, and leads a group of its own."""
    with subprocess.Popen(SLEEPER, start_new_session=True) as process:
        yield process
        process.kill()


def alive(pid: int) -> bool:
    """Whether it runs; a zombie that nobody waits for here does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def free(directory: Path) -> bool:
    """Whether nobody holds the directory."""
    with (directory / "lock").open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def test_a_job_whose_starter_was_killed_at_once_is_ended_by_the_next_and_nobody_else_is(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    for name in ("lock", "pid"):  # what an older job left, whose pid is somebody else's by now
        (tmp_path / name).write_text(f"{bystander.pid}\n")
    killed = subprocess.run([sys.executable, "-c", KILLED_AT_ONCE, str(tmp_path)], stdout=subprocess.PIPE)
    assert killed.returncode == -signal.SIGKILL
    orphan = int(killed.stdout)
    assert alive(orphan)
    assert not free(tmp_path)
    process = Process("train", tmp_path, 1, dict(os.environ), SLEEPER)
    try:
        assert not alive(orphan)
        assert alive(bystander.pid)
        assert process.ended() is None
    finally:
        process.stop()
    assert free(tmp_path)


def test_a_job_ends_with_the_exit_code_of_its_program_and_its_words_are_kept(tmp_path: Path) -> None:
    words = "import sys; print(sys.argv[1:]); sys.exit(7)"
    process = Process("ask", tmp_path, 1, dict(os.environ), (sys.executable, "-c", words))
    assert process._child.wait() == process.ended() == 7
    assert (tmp_path / "log.txt").read_text() == f"{['ask', str(tmp_path)]}\n"


def fault(*_: object) -> bool:
    raise RuntimeError("no database")


@pytest.mark.slow
def test_a_job_is_stopped_when_watching_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beat: Callable[..., bool] = fault
    monkeypatch.setattr(run, "_beat", beat)
    world = World(tmp_path / "world")
    job = tmp_path / "job"
    job.mkdir()
    os.mkfifo(job / "job.json")  # nobody writes to it: the job waits for ever
    row = Run(
        repository="t", batch=1, key="k", kind="train", purpose="candidate", directory=str(job), created=0
    )
    with pytest.raises(RuntimeError, match="no database"):
        run._watch(world.house, row)
    assert free(job)
