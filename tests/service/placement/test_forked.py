"""A job that a template forks is a job like any other: its code, its words, its end, and its starter's death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.placement.forked import Forked, Templates
from service.placement.subprocess import Process
from tests.service.placement.test_subprocess import alive, free

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="forks of a process with libraries are Linux's"
)

# A template without what takes seconds to import, whose jobs do what the name of their directory says.
TEMPLATE = """
import os, signal, socket, sys, time
from pathlib import Path
from eval_harness.template import Template

def work(argv):
    kind, directory = argv
    print(kind, os.environ["WORD"], flush=True)
    name = Path(directory).name
    if name == "fails":
        raise ValueError("so it is")
    if name == "exits":
        sys.exit(5)
    if name == "sleeps":
        time.sleep(600)
    while name == "waits" and not Path(directory, "go").exists():
        time.sleep(0.02)
    return 7

{before}
Template(socket.socket(fileno=0), work).serve()
"""


@pytest.fixture
def templates() -> Iterator[Templates]:
    """A template that is ended with the test."""
    found = Templates((sys.executable, "-c", TEMPLATE.format(before="")))
    yield found
    found.kill()


def job(folder: Path, name: str, templates: Templates) -> Process:
    """A job that does what its name says."""
    (folder / name).mkdir()
    return Process("train", folder / name, 1, {**os.environ, "WORD": name}, forks=templates)


def eventually(what: Callable[[], object]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def code(process: Process) -> int:
    """Its exit code, when it has one."""
    eventually(lambda: process.ended() is not None)
    found = process.ended()
    assert found is not None
    return found


def named(directory: Path) -> int:
    """The pid in the lock."""
    eventually(lambda: (directory / "lock").read_text().strip())
    return int((directory / "lock").read_text())


@pytest.mark.parametrize(
    ("name", "wanted", "said"), [("ends", 7, ""), ("exits", 5, ""), ("fails", 1, "ValueError: so it is")]
)
def test_a_job_ends_with_its_own_code_its_own_words_and_its_own_environment(
    tmp_path: Path, templates: Templates, name: str, wanted: int, said: str
) -> None:
    process = job(tmp_path, name, templates)
    assert isinstance(process._child, Forked)
    assert code(process) == wanted
    log = (tmp_path / name / "log.txt").read_text()
    assert log.startswith(f"train {name}\n")
    assert said in log
    assert free(tmp_path / name)


def test_jobs_of_one_template_run_side_by_side_and_hold_their_own_directories(
    tmp_path: Path, templates: Templates
) -> None:
    one, other, quick = (job(tmp_path, name, templates) for name in ("sleeps", "waits", "ends"))
    assert code(quick) == 7
    assert one.ended() is other.ended() is None
    assert not free(tmp_path / "sleeps")
    assert not free(tmp_path / "waits")
    assert named(tmp_path / "sleeps") != named(tmp_path / "waits")
    (tmp_path / "waits" / "go").touch()
    assert code(other) == 7
    assert one.ended() is None
    one.stop()
    assert one.ended() == -signal.SIGTERM
    assert free(tmp_path / "sleeps")


def test_a_job_that_is_killed_says_by_what(tmp_path: Path, templates: Templates) -> None:
    process = job(tmp_path, "sleeps", templates)
    os.kill(named(tmp_path / "sleeps"), signal.SIGKILL)
    assert code(process) == -signal.SIGKILL


def test_a_job_whose_template_dies_goes_on_and_its_end_is_seen(tmp_path: Path, templates: Templates) -> None:
    process = job(tmp_path, "waits", templates)
    named(tmp_path / "waits")
    eventually(lambda: process.ended() is None and process._child.pid)
    templates.kill()
    assert process.ended() is None
    assert not free(tmp_path / "waits")
    (tmp_path / "waits" / "go").touch()
    assert (
        code(process) == -signal.SIGKILL
    )  # nobody heard its code: it is taken for killed, and looked at again
    other = job(tmp_path, "ends", templates)
    assert code(other) == 7


@pytest.mark.parametrize("before", ["raise ImportError('no torch')", "sys.exit(0)"])
def test_where_no_template_begins_the_job_is_a_program_of_its_own(tmp_path: Path, before: str) -> None:
    process = job(tmp_path, "ends", Templates((sys.executable, "-c", TEMPLATE.format(before=before))))
    assert code(process) == 2
    assert isinstance(process._child, subprocess.Popen)
    assert "there is no such file; a job directory holds one" in (tmp_path / "ends" / "log.txt").read_text()


def test_a_job_is_stopped_before_its_template_is_ready(tmp_path: Path) -> None:
    slow = Templates((sys.executable, "-c", TEMPLATE.format(before="time.sleep(600)")))
    process = job(tmp_path, "ends", slow)
    began = time.monotonic()
    process.stop(0.2)
    assert time.monotonic() - began < 20
    assert free(tmp_path / "ends")
    assert not (tmp_path / "ends" / "log.txt").read_text()


STARTER = """
import os, signal, sys, time
from pathlib import Path
from service.placement.forked import Templates
from service.placement.subprocess import Process

templates = Templates((sys.executable, "-c", sys.argv[2]))
directory = Path(sys.argv[1])
Process("train", directory, 1, {**os.environ, "WORD": ""}, forks=templates)
while not (directory / "lock").read_text().strip():
    time.sleep(0.02)
print(templates._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_job_whose_starter_was_killed_is_ended_by_the_next_and_its_template_ends(
    tmp_path: Path, templates: Templates
) -> None:
    (tmp_path / "sleeps").mkdir()
    told = subprocess.run(
        [sys.executable, "-c", STARTER, str(tmp_path / "sleeps"), TEMPLATE.format(before="")],
        stdout=subprocess.PIPE,
    )
    assert told.returncode == -signal.SIGKILL
    orphan = named(tmp_path / "sleeps")
    eventually(lambda: not alive(int(told.stdout)))
    assert alive(orphan)
    assert not free(tmp_path / "sleeps")
    process = Process("train", tmp_path / "sleeps", 1, {**os.environ, "WORD": "again"}, forks=templates)
    eventually(lambda: process.ended() is None and process._child.pid)
    assert not alive(orphan)
    assert process.ended() is None
    process.stop()


def test_a_template_that_nobody_asks_ends_and_another_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = TEMPLATE.format(before="import eval_harness.template; eval_harness.template.IDLE = 0.2")
    templates = Templates((sys.executable, "-c", short))
    assert code(job(tmp_path, "ends", templates)) == 7
    first = templates._process
    assert first is not None
    assert first.wait(30) == 0
    assert code(job(tmp_path, "exits", templates)) == 5
    assert templates._process is not first
    templates.kill()
