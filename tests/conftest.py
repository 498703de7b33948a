"""What every test stands on: its own Git configuration, one thread, repeatable properties, slices, a log that tells."""

from __future__ import annotations

import logging
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import settings

from service import logs

HERE = Path(__file__).parent
STORIES = HERE / "lines"

os.environ["GIT_CONFIG_GLOBAL"] = str(HERE / "gitconfig")  # never the configuration of whoever runs the tests
os.environ["GIT_CONFIG_NOSYSTEM"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads beside a busy neighbour are slower than one

settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("house")
logs.tell(logging.INFO)  # what the service tells; a command alone tells less


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whole stories are of the middle tier at least; of the full one UPWEIGHT_SLICE=K/N keeps a slice."""
    for item in items:
        if STORIES in item.path.parents:
            item.add_marker(pytest.mark.slow)
    wanted = os.environ.get("UPWEIGHT_SLICE")
    if not wanted:
        return
    part, parts = slice_of(wanted)
    out = [i for i in items if i.get_closest_marker("full") and not in_slice(i.nodeid, part, parts)]
    config.hook.pytest_deselected(items=out)
    items[:] = [i for i in items if i not in set(out)]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A slice may be empty: that is no failure."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and os.environ.get("UPWEIGHT_SLICE"):
        session.exitstatus = pytest.ExitCode.OK


def slice_of(text: str) -> tuple[int, int]:
    """`3/7` -> (3, 7): the third of seven parts; anything else is a usage error."""
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise pytest.UsageError(f"UPWEIGHT_SLICE={text}: it must be K/N with 1 <= K <= N")
    return int(part), int(parts)


def in_slice(nodeid: str, part: int, parts: int) -> bool:
    """Whether a test falls into this part, by its name alone: the parts cover all and never overlap."""
    return zlib.crc32(nodeid.encode()) % parts == part - 1
