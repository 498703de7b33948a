"""The store's tests run on SQLite always, and on a real PostgreSQL wherever its programs are found."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from service.db.engine import Database, driver_url, sqlite_url

USER = "upweight"


class Server:
    """A PostgreSQL of our own: temporary folder, a Unix socket and no port, nothing synced to disk."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._as: dict[str, Any] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="upweight-pg-"))  # short: a socket's path has a limit
        if os.getuid() == 0:  # initdb refuses root
            account = pwd.getpwnam("postgres")
            self._as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = (
            f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
            " -c shared_buffers=16MB -c autovacuum=off"
        )
        self._run("pg_ctl", "-D", data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")
        self._made = self._dropped = 0
        self.create("migrated")
        template = Database(self.url("migrated"))
        template.upgrade()
        template.close()

    def url(self, name: str) -> str:
        """The address of one of its databases, as an operator would write it."""
        return f"postgresql://{USER}@/{name}?host={self.folder}"

    def create(self, name: str, template: str = "template1") -> None:
        """Make a database like `template`."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())

    def fresh(self, template: str = "migrated") -> str:
        """The address of a database that nobody has used."""
        self._made += 1
        name = f"t{self._made}"
        self.create(name, template)
        return self.url(name)

    def forget(self) -> None:
        """Drop the databases that were used: a hundred of them are a gigabyte that the disk must take in."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for used in range(self._dropped + 1, self._made + 1):
                connection.execute(f"DROP DATABASE t{used} WITH (FORCE)".encode())
        self._dropped = self._made

    def stop(self) -> None:
        """End it and leave nothing."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, **self._as,
        )  # fmt: skip
        assert done.returncode == 0, f"{program} ended with {done.returncode}; see {self.folder}"


def programs() -> Path | None:
    """The newest PostgreSQL on this machine: on the path, or where Debian keeps them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    kept = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").is_file()]
    return max(kept, key=lambda p: float(p.parent.name), default=None)


def _no_account() -> bool:
    return os.getuid() == 0 and not any(entry.pw_name == "postgres" for entry in pwd.getpwall())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server, started for the first test that asks; without its programs those tests are skipped."""
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL is not installed here")
    if _no_account():
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    server = Server(where)
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database: each test that asks for one runs on both kinds."""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        yield driver_url(server.fresh())
        server.forget()
        return
    url = sqlite_url(tmp_path / "upweight.db")
    made = Database(url)
    made.upgrade()
    made.close()
    yield url


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """A fresh database at the newest migration."""
    found = Database(address)
    yield found
    found.close()
