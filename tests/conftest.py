"""What every test stands on: its own Git configuration, one thread, repeatable properties, slices, a log that tells."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from hypothesis import settings
from sqlalchemy import Engine, Pool, event, make_url
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from service import logs
from service.db.engine import Database, sqlite_url
from webhooks.plain import setup

HERE = Path(__file__).parent
WHOLE = frozenset(  # stories, the whole repository, and what needs real HTTP, real Git, torch or several processes
    HERE / each
    for each in (
        "eval_harness/measure",
        "eval_harness/models",
        "eval_harness/test_train_plan.py",
        "eval_harness/train",
        "lines",
        "service/cli/test_commands.py",
        "service/cli/test_decide.py",
        "service/cli/test_items.py",
        "service/cli/test_policy.py",
        "service/commands",
        "service/db/test_lines.py",
        "service/demo/test_checked.py",
        "service/fake",
        "service/git/test_mirror.py",
        "service/git/test_mirror_http.py",
        "service/lines/test_catching.py",
        "service/lines/test_gone.py",
        "service/lines/test_intake.py",
        "service/lines/test_moved_on_gitlab.py",
        "service/lines/test_once.py",
        "service/lines/test_whose.py",
        "service/placement/test_forked.py",
        "service/setup",
        "service/test_everywhere.py",
        "test_house.py",
        "webhooks/github/test_forge.py",
        "webhooks/gitlab/test_deliveries.py",
        "webhooks/gitlab/test_forge.py",
        "webhooks/plain/test_forge.py",
    )
)

MEMORY, ROOM = Path("/dev/shm"), 2**30

os.environ["GIT_CONFIG_GLOBAL"] = str(HERE / "gitconfig")  # never the configuration of whoever runs the tests
os.environ["GIT_CONFIG_NOSYSTEM"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads beside a busy neighbour are slower than one

settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("fast", settings.get_profile("house"), max_examples=25)
settings.load_profile("house")
logs.tell(logging.INFO)  # what the service tells; a command alone tells less


@pytest.fixture(scope="session")
def patched() -> Iterator[pytest.MonkeyPatch]:
    """What is patched for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory, patched: pytest.MonkeyPatch) -> None:
    """New tables on SQLite are a copy of those that were migrated first: a thousand tests want the same ones."""
    template = tmp_path_factory.mktemp("tables") / "empty.db"
    first = Database(sqlite_url(template))
    first.upgrade()
    first.close()
    migrate = Database.upgrade

    def upgrade(database: Database, revision: str = "head") -> None:
        url = make_url(database.url)
        file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        if file is not None and revision == "head" and not file.exists():
            shutil.copyfile(template, file)
        else:
            migrate(database, revision)

    patched.setattr(Database, "upgrade", upgrade)


@pytest.fixture(scope="session", autouse=True)
def forge_once(tmp_path_factory: pytest.TempPathFactory, patched: pytest.MonkeyPatch) -> None:
    """A new plain forge is a copy of one that was made first, without what its keeper changed since."""
    first = tmp_path_factory.mktemp("forge")
    setup.init(first / "main.git", "http://127.0.0.1:1", first / "secret")
    make = setup._make

    def copy(folder: Path, branch: str) -> None:
        if branch == "main" and not folder.exists():
            shutil.copytree(first / "main.git", folder)
        else:
            make(folder, branch)

    patched.setattr(setup, "_make", copy)


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once(patched: pytest.MonkeyPatch) -> None:
    """SQLAlchemy compiles a statement once for each engine; a thousand tests have their own, of one dialect."""
    dialect, compiled = SQLiteDialect_pysqlite, LRUCache[Any, Any](2000)
    begin = Engine.__init__

    def share(engine: Engine, *given: Any, **named: Any) -> None:
        begin(engine, *given, **named)
        if isinstance(engine.dialect, dialect):
            engine._compiled_cache = compiled

    patched.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
    patched.setattr(dialect, "__hash__", lambda one: hash(type(one)))
    patched.setattr(dialect, "_type_memos", WeakKeyDictionary())
    patched.setattr(Engine, "__init__", share)


@pytest.fixture(scope="session", autouse=True)
def no_power_is_lost() -> Iterator[None]:
    """SQLite need not wait for the disk: a test kills processes, never the machine."""

    def relax(connection: Any, *_: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=OFF")

    event.listen(Pool, "checkout", relax)
    yield
    event.remove(Pool, "checkout", relax)


def pytest_configure(config: pytest.Config) -> None:
    """In the fast tier properties are tried on fewer examples, and files lie in memory where there is room."""
    if not fast(config):
        return
    settings.load_profile("fast")
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def fast(config: pytest.Config) -> bool:
    """Whether this is the fast tier, by what is asked of the marks."""
    return "not slow" in config.getoption("markexpr")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The fast tier does not even read what is whole."""
    return True if fast(config) and whole(collection_path) else None


@cache
def whole(path: Path) -> bool:
    """Whether a file or folder is, or lies in, what is of the middle tier at least."""
    return not WHOLE.isdisjoint((path, *path.parents))


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is whole is of the middle tier at least; of the full one UPWEIGHT_SLICE=K/N keeps a slice."""
    for item in items:
        if whole(item.path):
            item.add_marker(pytest.mark.slow)
    wanted = os.environ.get("UPWEIGHT_SLICE")
    if not wanted:
        return
    part, parts = slice_of(wanted)
    out = [i for i in items if i.get_closest_marker("full") and not in_slice(i.nodeid, part, parts)]
    config.hook.pytest_deselected(items=out)
    items[:] = [i for i in items if i not in set(out)]


def pytest_collection_finish() -> None:
    """What is there now stays: the garbage collector need not look through it again and again."""
    gc.freeze()


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
