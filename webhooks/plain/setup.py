"""Make a bare Git repository a forge: its settings and its hooks. Doing it again mends it."""

from __future__ import annotations

import pwd
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from pathlib import Path

import pygit2

from webhooks.plain.places import SPOOL

HOOKS = ("proc-receive", "update", "post-receive")

CONFIG = {
    "receive.procReceiveRefs": "refs/for",
    "receive.advertisePushOptions": "true",
    "receive.hideRefs": "refs/pull",  # else each push hears of every contribution there ever was
    "transfer.hideRefs": "refs/upweight",
    "receive.denyDeletes": "true",
    "receive.denyNonFastForwards": "true",
    "receive.fsckObjects": "true",
    "receive.maxInputSize": "64m",
    "receive.autogc": "false",  # the service's timetable packs; a push never waits for it
    "gc.auto": "0",
    "core.fsync": "loose-object,pack,reference",
    "core.logAllRefUpdates": "false",
}


def init(folder: Path, url: str, secret: Path, branch: str = "main") -> Path:
    """Make or mend a plain forge at `folder`, whose deliveries go to `url`. Returns its absolute path.

    `secret` is the file whose first line signs deliveries; the service that listens makes it and reads it.
    """
    folder = folder.resolve()
    if not (folder / "HEAD").is_file():
        _make(folder, branch)
    (folder / SPOOL).mkdir(parents=True, exist_ok=True)
    with _settings(folder) as config:
        for key, value in CONFIG.items():
            _set(config, key, value)
        if not _value(config, "upweight.owner"):
            _set(config, "upweight.owner", pwd.getpwuid(folder.stat().st_uid).pw_name)
    attach(folder, url, secret)
    for hook in HOOKS:
        _install(folder / "hooks" / hook, hook)
    return folder


def _make(folder: Path, branch: str) -> None:
    options = ("--quiet", "--bare", f"--initial-branch={branch}", "--object-format=sha1")
    command = ["git", "init", *options, str(folder)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def attach(folder: Path, url: str, secret: Path | None) -> bool:
    """Let the hooks ring at `url`, signed with the first line of `secret` (None leaves the file that is named there).

    Gives whether they signed with another file before: then another home was rung until now.
    """
    with _settings(folder) as config:
        _set(config, "upweight.url", url.rstrip("/"))
        before = _value(config, "upweight.secretFile")
        if secret is None or before == str(secret.resolve()):
            return False
        _set(config, "upweight.secretFile", str(secret.resolve()))
        return before != ""


def _install(file: Path, hook: str) -> None:
    """A hook that starts our own Python without site-packages: that is what keeps it to milliseconds."""
    root = Path(__file__).resolve().parents[2]
    start = f"import sys; sys.path.insert(0, {str(root)!r}); from webhooks.plain.hook import main; sys.exit(main())"
    command = [sys.executable, "-I", "-S", "-c", start, hook]
    temporary = file.with_suffix(".tmp")
    file.parent.mkdir(exist_ok=True)
    head = "#!/bin/sh\n# Written by upweight init plain; run it again to mend.\n"
    temporary.write_text(f'{head}exec {shlex.join(command)} "$@"\n')
    temporary.chmod(0o755)
    temporary.replace(file)


@contextmanager
def _settings(folder: Path) -> Iterator[pygit2.Config]:
    """The settings of this repository alone; raises OSError where they can't be read or written.

    One process of `git config` a setting took six milliseconds each; `init` sets fifteen.
    """
    file = folder / "config"
    try:
        yield pygit2.Config(str(file))
    except pygit2.GitError as error:
        raise OSError(EINVAL, str(error), str(file)) from error


def _set(config: pygit2.Config, key: str, value: str) -> None:
    """One value of a key, however many it had; each write is the whole file anew, so none is made for nothing."""
    before = [*config.get_multivar(key)]
    if before == [value]:
        return
    if before:
        config.delete_multivar(key, "")
    config[key] = value


def _value(config: pygit2.Config, key: str) -> str:
    """The last value of a key; empty where it is not set."""
    return next(reversed([*config.get_multivar(key)]), "") or ""
