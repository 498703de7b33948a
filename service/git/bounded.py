"""Git as a child that can be killed, that writes no more than it may, and that tells nobody the token it was lent.

The token goes through a pipe that the child inherits: a credential helper of one line reads it there when Git asks for
the one host that it is meant for. So it stands in no argument, no variable, no file and no log. The limit on size is
the kernel's, on every file that the child and its children write; on time, all of them are killed.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlsplit

import msgspec

SAID = 4000  # letters of a complaint that are kept
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SETTINGS = {
    "core.askPass": "", "credential.helper": "", "http.followRedirects": "false", "http.sslVerify": "true",
    "http.lowSpeedLimit": "1000", "http.lowSpeedTime": "30", "http.emptyAuth": "false", "transfer.bundleURI": "false",
    "gc.auto": "0", "maintenance.auto": "false", "core.hooksPath": os.devnull, "core.fsmonitor": "false",
    "fetch.unpackLimit": "1", "fetch.recurseSubmodules": "false", "fetch.writeCommitGraph": "false",
    "core.bigFileThreshold": "8m", "core.packedGitWindowSize": "32m", "core.packedGitLimit": "256m",
    "push.gpgSign": "false", "protocol.version": "2",
}  # fmt: skip
_SHELL = 'ulimit -f "$1" || exit 126; ulimit -v "$2" 2>/dev/null; shift 2; exec "$@"'
_HELPER = '!f() {{ test "$1" = get || exit 0; while IFS= read -r l; do printf \'%s\\n\' "$l"; done </dev/fd/{fd}; }}; f'

Login = tuple[str, str]  # a user and a token


class TooLarge(Exception):
    """More would have been written than is allowed."""


class Late(OSError):
    """It took too long, or we are closing; what it had begun is left to the next one to mend."""


class Bounds(msgspec.Struct, frozen=True):
    """What one call of Git may take: seconds of time, bytes of any file that is written, bytes of memory."""

    seconds: float = 120.0
    size: int = 512 * 1024**2
    memory: int = 4 * 1024**3


class Place(msgspec.Struct, frozen=True):
    """A repository elsewhere, and how it is reached. `repr` tells the address alone.

    `authorities` is a file of certificates to trust beside the usual ones, `proxy` an address; both are the operator's.
    """

    url: str
    login: Login | None = None
    authorities: Path | None = None
    proxy: str | None = None

    def __repr__(self) -> str:
        return f"Place({self.url!r})"


class Ran(NamedTuple):
    """How it ended, what it printed, and the end of what it complained of, without any secret."""

    code: int
    out: bytes
    said: str


def checked(url: str, login: bool) -> str:
    """The address, if Git may be sent there. Raises ValueError with what is wrong with it.

    A token is never sent in the clear over a network, nor stands in an address: addresses are logged.
    """
    parts = urlsplit(url)
    if not re.fullmatch(r"[\x21-\x7e]+", url) or parts.scheme not in ("https", "http", "file"):
        raise ValueError(f"{url[:200]!r} is no address that Git is sent to; write https://HOST/PATH.")
    if "@" in parts.netloc:
        raise ValueError("An address holds no user and no token; set the token by itself.")
    if login and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError(f"A token is not sent to {parts.hostname} over http; write https.")
    return url


def run(
    folder: Path,
    *arguments: str,
    bounds: Bounds,
    place: Place | None = None,
    given: bytes = b"",
    settings: Mapping[str, str] | None = None,
    stopping: threading.Event | None = None,
) -> Ran:
    """Run one command of Git in a bare repository. Raises TooLarge, Late, or ValueError for the address."""
    options = {**SETTINGS, **(settings or {})}
    login = place.login if place is not None else None
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        with _lent(login) as pipe:
            options |= _reach(place, pipe.fd) if place is not None else {}
            flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
            limits = [str(bounds.size // 512), str(bounds.memory // 1024)]
            command = ["/bin/sh", "-c", _SHELL, "sh", *limits, _git(), *flags, *arguments]
            with tempfile.TemporaryFile() as stdin:
                stdin.write(given)
                stdin.seek(0)
                process = subprocess.Popen(
                    command, cwd=folder, stdin=stdin, stdout=out, stderr=said, env=_environment(folder, place),
                    pass_fds=pipe.fds, start_new_session=True,
                )  # fmt: skip
        code = _waited(process, bounds.seconds, stopping)
        text = _end_of(said, login)
        if code and _full(folder, bounds.size // 512 * 512, text):
            raise TooLarge(f"It is more than {bounds.size / 1024**2:.0f} MB.")
        out.seek(0)
        return Ran(code, out.read(), text)


def _waited(process: subprocess.Popen[bytes], seconds: float, stopping: threading.Event | None) -> int:
    """Its exit status; killed with all its children where it takes too long or we are closing."""
    until = time.monotonic() + seconds
    pause = 0.005
    try:
        while (left := until - time.monotonic()) > 0 and not (stopping and stopping.is_set()):
            with suppress(subprocess.TimeoutExpired):
                return process.wait(min(pause, left))
            pause = min(pause * 2, 0.25)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    raise Late(
        "We are closing." if stopping and stopping.is_set() else f"It took longer than {seconds:.0f} s."
    )


def _full(folder: Path, most: int, said: str) -> bool:
    """Whether the kernel stopped it at the limit: Git does not always say so, but what it was writing lies there."""
    if f"signal {signal.SIGXFSZ.value}" in said or "File too large" in said:
        return True
    return any(file.stat().st_size >= most for file in folder.glob("objects/pack/tmp_*"))


class _Pipe(NamedTuple):
    fds: tuple[int, ...]

    @property
    def fd(self) -> int | None:
        return self.fds[0] if self.fds else None


class _lent:
    """A pipe that holds what the credential helper reads; ours is closed when the child has its own."""

    def __init__(self, login: Login | None) -> None:
        if login and re.search(r"[\r\n\0]", "".join(login)):
            raise ValueError("A user or token with a line break can't be one.")
        self._login, self._read = login, -1

    def __enter__(self) -> _Pipe:
        if self._login is None:
            return _Pipe(())
        self._read, write = os.pipe()
        with os.fdopen(write, "w") as file:
            file.write("username={}\npassword={}\n".format(*self._login))
        return _Pipe((self._read,))

    def __exit__(self, *_: object) -> None:
        if self._read >= 0:
            os.close(self._read)


def _reach(place: Place, fd: int | None) -> dict[str, str]:
    """Settings for this address alone."""
    url = checked(place.url, place.login is not None)
    told = {"http.sslCAInfo": str(place.authorities)} if place.authorities else {}
    usual = ssl.get_default_verify_paths().capath
    told |= {"http.sslCAPath": usual} if place.authorities and usual else {}
    if fd is not None:
        parts = urlsplit(url)
        told[f"credential.{parts.scheme}://{parts.netloc}.helper"] = _HELPER.format(fd=fd)
    return told


def _environment(folder: Path, place: Place | None) -> dict[str, str]:
    """All that the child gets to know: nothing of ours but a proxy's address."""
    told = {
        "PATH": f"{Path(_git()).parent}:/usr/bin:/bin", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder),
        "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0",
        "GIT_DIR": str(folder), "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none",
    }  # fmt: skip
    if place is not None:
        told["GIT_ALLOW_PROTOCOL"] = urlsplit(place.url).scheme
        told |= {"https_proxy": place.proxy, "http_proxy": place.proxy} if place.proxy else {}
        told |= {"no_proxy": ",".join(LOOPBACK)} if place.proxy else {}
    return told


def _end_of(said: IO[bytes], login: Login | None) -> str:
    length = said.seek(0, os.SEEK_END)
    said.seek(max(0, length - 2 * SAID))
    text = said.read().decode("utf-8", "replace")
    if login is not None and login[1]:
        text = text.replace(login[1], "***")
    return " ".join(text.split())[-SAID:]


def _git() -> str:
    return shutil.which("git") or "git"
