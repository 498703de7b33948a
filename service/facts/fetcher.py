"""The process that fetches one document from a stranger's repository: `python -m service.facts.fetcher`.

It reads an order from stdin and writes a Document to stdout. It has limits of its own, and whoever started it kills it
with all that it started. Git is used by its command line, since its library knows no list of allowed protocols: no
checkout, an empty environment, https alone, no redirects, one commit, nothing fetched later on.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from service.facts.addresses import Barred, Endpoint, Look, look, pinned
from service.facts.files import MOST_OF_ONE, Room, TooLarge, chosen, odd, read_file
from triage_rules.facts import Cited, CitedFile, Document, State
from triage_rules.shortening import shortened

PINS = (2, 37)  # the first Git that knows http.curloptResolve
PACK = 100 * 1024**2  # bytes of any file that is written, so of all that is fetched
MEMORY = 2 * 1024**3
SECONDS = 30  # of processor time
MORE_PROCESSES = 32
LISTING = 32 * 1024**2  # bytes of a tree's listing
SAID = 4000

_MOVED = ("returned error: 301", "returned error: 302", "returned error: 303", "returned error: 307",
          "returned error: 308", "redirect")  # fmt: skip
_ABSENT = ("not found", "returned error: 404", "returned error: 403", "returned error: 401", "returned error: 410",
           "authentication failed", "could not read username", "terminal prompts disabled")  # fmt: skip
_NO_COMMIT = ("not our ref", "unadvertised object", "couldn't find remote ref", "no such remote ref")


class Order(msgspec.Struct, frozen=True):
    """What to fetch, from where, and in which empty folder."""

    cited: Cited
    host: str
    port: int
    url: str
    private: bool
    folder: str
    authorities: str | None = None  # a file of certificates that the operator trusts besides
    most: int = PACK


def fetch(order: Order, look_up: Look = look) -> Document:
    """The document, or why it could not be had."""
    try:
        pin = pinned(Endpoint(order.host, order.port, order.url, order.private), look_up)
    except Barred as why:
        return Document(order.cited, "refused", str(why))
    except OSError:
        return Document(order.cited, "later", "the name of its host could not be looked up")
    try:
        return _fetched(order, pin)
    except TooLarge as why:
        return Document(order.cited, "too-large", str(why))
    except OSError:
        return Document(order.cited, "later", "fetching it failed here")


def _fetched(order: Order, pin: str) -> Document:
    folder = Path(order.folder)
    git = _Git(folder)
    if _version(git) < PINS:
        return Document(order.cited, "refused", "the Git of this service is too old to fetch safely")
    git.run("init", "--quiet", "--bare", "--template=", str(folder))
    options = {
        "http.curloptResolve": pin, "http.followRedirects": "false", "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "15", "http.sslVerify": "true", "credential.helper": "", "fetch.unpackLimit": "1",
        "transfer.unpackLimit": "1", "gc.auto": "0", "maintenance.auto": "false", "transfer.bundleURI": "false",
        "core.hooksPath": os.devnull, "fetch.recurseSubmodules": "false",
        **({"http.sslCAInfo": order.authorities} if order.authorities else {}),
    }  # fmt: skip
    given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    done = git.run(
        *given, "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
        f"--filter=blob:limit={MOST_OF_ONE + 1}", order.url, order.cited.commit, protocol="https",
    )  # fmt: skip
    if done.returncode:
        return _failed(order, done.stderr)
    # Nobody promises the rest any more: what is not here is missing, and is not asked for.
    (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
    if git.run("cat-file", "-t", order.cited.commit).stdout.strip() != b"commit":
        return Document(order.cited, "not-found", "what has this hash is no commit")
    entries = chosen(_entries(git, order.cited.commit), order.cited.patterns)
    return Document(order.cited, "there", files=shortened(_files(git, entries)))


def _version(git: _Git) -> tuple[int, ...]:
    """Git's version in numbers; one that is too old takes no pinned address, and would look it up itself."""
    found = re.search(rb"(\d+)\.(\d+)", git.run("version").stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def _failed(order: Order, said: bytes) -> Document:
    """What Git's complaint means; what is not known is tried again."""
    if any(file.stat().st_size >= order.most for file in Path(order.folder).glob("objects/pack/*")):
        why = f"its repository has more than {order.most / 1024**2:.0f} MB at this commit"
        return Document(order.cited, "too-large", why)
    text = said[-SAID:].decode("utf-8", "replace").casefold()
    known: tuple[tuple[tuple[str, ...], State, str], ...] = (
        (_NO_COMMIT, "not-found", "its repository has no such commit"),
        (_MOVED, "moved", "it leads elsewhere"),
        (_ABSENT, "not-found", "there is no public repository at this address"),
    )
    for signs, state, why in known:
        if any(sign in text for sign in signs):
            return Document(order.cited, state, why)
    return Document(order.cited, "later", "its host did not answer as it should")


class _Git:
    """Git in one folder, in an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._program = folder, shutil.which("git") or "git"

    def environment(self, protocol: str) -> dict[str, str]:
        """All that Git gets to know."""
        return {
            "PATH": f"{Path(self._program).parent}:/usr/bin:/bin", "HOME": str(self._folder), "LC_ALL": "C",
            "XDG_CONFIG_HOME": str(self._folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "false", "GIT_ALLOW_PROTOCOL": protocol,
            "GIT_NO_LAZY_FETCH": "1", "GIT_DIR": str(self._folder), "GIT_CEILING_DIRECTORIES": str(self._folder),
        }  # fmt: skip

    def run(
        self, *arguments: str, given: bytes = b"", protocol: str = "none"
    ) -> subprocess.CompletedProcess[bytes]:
        """One command; its output is taken whole, so only for what is small or bounded by what was fetched."""
        return subprocess.run(
            [self._program, *arguments], input=given, capture_output=True, check=False,
            cwd=self._folder, env=self.environment(protocol),
        )  # fmt: skip

    def most(self, *arguments: str) -> bytes:
        """What a command prints, up to LISTING. Raises TooLarge."""
        with subprocess.Popen(
            [self._program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, cwd=self._folder, env=self.environment("none"),
        ) as process:  # fmt: skip
            assert process.stdout is not None
            data = process.stdout.read(LISTING + 1)
            if len(data) > LISTING:
                process.kill()
                raise TooLarge("its repository has too many files")
        return data


def _entries(git: _Git, commit: str) -> Iterator[tuple[int, str, str]]:
    """(mode, object, path) of a commit's tree; without sizes, since asking for those fetches."""
    for record in git.most("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
        about, _, path = record.partition(b"\t")
        if path:
            mode, _, name = about.split()
            yield int(mode, 8), name.decode(), path.decode("utf-8", "replace")


def _files(git: _Git, entries: list[tuple[int, str, str]]) -> Iterator[CitedFile]:
    names = dict.fromkeys(name for mode, name, path in entries if odd(mode, path) is None)
    sizes = _sizes(git, list(names))
    room = Room()
    for mode, name, path in entries:
        if (strange := odd(mode, path)) is not None:
            yield strange
        elif (size := sizes.get(name)) is None or not room.take(size):
            yield CitedFile(path, wrong="too large")
        else:
            yield read_file(path, git.run("cat-file", "blob", name).stdout)


def _sizes(git: _Git, names: list[str]) -> dict[str, int]:
    """The size of each object that is here; those that were left out for their size are not."""
    given = "".join(f"{name}\n" for name in names).encode()
    lines = git.run("cat-file", "--batch-check", given=given).stdout.decode().splitlines()
    return {
        parts[0]: int(parts[2]) for line in lines if len(parts := line.split()) == 3 and parts[1] == "blob"
    }


def confine(most: int) -> None:
    """Bound what this process and all that it starts may use; no file of more than `most` bytes is written."""
    bounds = [
        (resource.RLIMIT_FSIZE, most), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256), (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NPROC, _threads() + MORE_PROCESSES),
    ]  # fmt: skip
    for what, most in bounds:
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most, most) if hard == resource.RLIM_INFINITY else (min(most, hard), hard))


def _threads() -> int:
    """How many threads this user has already: the limit on processes counts them all."""
    count, me = 0, os.getuid()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            count += len(list((folder / "task").iterdir())) if folder.stat().st_uid == me else 0
    return count or 4096


def main() -> None:
    """Fetch what stdin orders."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    confine(order.most)
    sys.stdout.buffer.write(msgspec.json.encode(fetch(order)))


if __name__ == "__main__":
    main()
