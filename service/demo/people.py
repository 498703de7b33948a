"""The people of a story at their desks: clones, commits and real pushes to the plain forge.

Authors, dates and messages are fixed by the story, so that two plays give the same commits.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from service.demo.process import StoryEnds
from service.demo.safe import is_name, unsafe
from service.demo.story import Contribution, Story
from triage_rules.contribution import Commit

DATE = 1_767_225_600  # 2026-01-01 00:00 UTC
_NUMBER = re.compile(r"Contribution (\d+) to")


class PushRefused(StoryEnds):
    """The forge did not take a push; the message is what it said."""


def plant(story: Story, bare: Path, desk: Path, owner: str) -> None:
    """The taxonomy as it is before the story, pushed by its owner to the empty forge."""
    _refuse(story.taxonomy)
    shutil.copytree(story.taxonomy, desk, dirs_exist_ok=True)
    _git(desk, owner, 0, "init", "--quiet", "--initial-branch=main")
    _git(desk, owner, 0, "add", "--all")
    _git(desk, owner, 0, "commit", "--quiet", "--signoff", "-m", f"Begin: {story.story.title}")
    _git(desk, owner, 0, "push", "--quiet", str(bare), "HEAD:refs/heads/main")


def push(story: Story, it: Contribution, turn: int, bare: Path, desk: Path, moment: int) -> tuple[int, str]:
    """One push of a contribution; gives its number and the head. A second push adds to the first."""
    for name in (it.topic, it.author):
        if not is_name(name):
            raise PushRefused(f"{name!r} is no handle.")
    for name in it.commits[: turn + 1]:
        _refuse(story.root / name)
    if not desk.exists():
        _git(desk.parent, it.author, moment, "clone", "--quiet", str(bare), str(desk))
    _lay(story, it, turn, desk)
    _git(desk, it.author, moment, "add", "--all")
    sign = ["--signoff"] if it.signs(turn) else []
    amend = ["--amend"] if _amends(it, turn) else []
    _git(
        desk, it.author, moment, "commit", "--quiet", "--allow-empty", *sign, *amend, "-m", _message(it, turn)
    )
    options = ["-o", f"topic={it.topic}", "-o", f"title={it.title}"]
    said = _git(desk, it.author, moment, "push", *options, "origin", "HEAD:refs/for/main")
    found = _NUMBER.search(said)
    if found is None:
        raise PushRefused(said)
    return int(found[1]), _git(desk, it.author, moment, "rev-parse", "HEAD").strip().splitlines()[-1]


def commits_of(it: Contribution, turn: int) -> tuple[Commit, ...]:
    """The commits that a push leaves the contribution with, newest first, as triage will read them; no hashes yet."""
    found: list[Commit] = []
    mail = _mail(it.author)
    for push in range(turn + 1):
        sign = f"\n\nSigned-off-by: {it.author} <{mail}>" if it.signs(push) else ""
        commit = Commit("0" * 40, it.author, mail, _message(it, push) + sign + "\n")
        found = [commit, *(found[1:] if _amends(it, push) else found)]
    return tuple(found)


def _message(it: Contribution, turn: int) -> str:
    return it.title if turn == 0 else f"{it.title}: mend what triage found"


def _amends(it: Contribution, turn: int) -> bool:
    """Does a push replace the commit of the one before? An unsigned commit would stay in the history else."""
    return turn > 0 and not it.signs(turn - 1)


def _mail(who: str) -> str:
    return f"{who}@users.example.org"


def _refuse(folder: Path) -> None:
    """Nothing is copied that Git would obey, or that leads elsewhere; `--check` says so earlier."""
    if why := next(unsafe(folder), None):
        raise PushRefused(f"{folder.name}: {why}")


def _lay(story: Story, it: Contribution, turn: int, desk: Path) -> None:
    wanted = story.files(it, turn)
    if turn:
        for name in set(story.files(it, turn - 1)) - set(wanted):
            (desk / name).unlink(missing_ok=True)
    for name, data in wanted.items():
        (desk / name).parent.mkdir(parents=True, exist_ok=True)
        (desk / name).write_bytes(data)


def _git(where: Path, who: str, moment: int, *arguments: str) -> str:
    stamp = f"{DATE + 3600 * moment} +0000"
    mail = _mail(who)
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "UPWEIGHT_"))},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": who,
        "GIT_AUTHOR_EMAIL": mail,
        "GIT_COMMITTER_NAME": who,
        "GIT_COMMITTER_EMAIL": mail,
        "GIT_AUTHOR_DATE": stamp,
        "GIT_COMMITTER_DATE": stamp,
        "UPWEIGHT_PLAIN_USER": who,
    }
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=where, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise PushRefused(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stderr + done.stdout


def owner(story: Story) -> str:
    """Who owns the forge of a play: whoever runs this, unless an author is called so; nobody approves their own."""
    authors = {it.author for it in story.contribution}
    names = (pwd.getpwuid(os.getuid()).pw_name, *(f"maintainer{n or ''}" for n in range(len(authors) + 1)))
    return next(name for name in names if name not in authors)
