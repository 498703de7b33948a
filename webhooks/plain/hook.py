"""The three hooks of a plain forge: ``proc-receive``, ``update`` and ``post-receive``.

Git starts them in the bare repository. They run with ``python -I -S`` and the standard library alone, and
everything for the pusher goes to stderr: anything else on stdout breaks the push.

Who pushed is never what the client says: over HTTP it is REMOTE_USER, over ssh the key's forced command sets
UPWEIGHT_PLAIN_USER. With file paths the environment is the pusher's own, which is good enough for one user
and for the demo, and for nothing else.
"""

from __future__ import annotations

import os
import pwd
import sys

from webhooks.plain.book import Refused, Taken, clean, take
from webhooks.plain.git import GitFailed, Objects, run
from webhooks.plain.ring import encode, ring
from webhooks.plain.talk import ZERO, Answer, Asked, hear, tell

OPTIONS = ("topic", "title")


class Settings:
    """The forge's own words in its git config, under ``upweight.``"""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}
        try:
            listed = run("config", "-z", "--get-regexp", r"^upweight\.")
        except GitFailed:  # nothing is set
            listed = b""
        for entry in listed.decode("utf-8", "surrogateescape").split("\0"):
            key, _, value = entry.partition("\n")
            self._values.setdefault(key.removeprefix("upweight."), []).append(value)

    def one(self, name: str, default: str = "") -> str:
        """The last value of a key."""
        return self._values.get(name, [default])[-1]

    @property
    def repository(self) -> str:
        """The repository's id: by its folder, unless it is set."""
        return self.one("repository", os.path.basename(os.getcwd()).removesuffix(".git"))

    @property
    def maintainers(self) -> set[str]:
        """Who may push to branches, the owner among them; one a line or several with commas."""
        lines = [*self._values.get("maintainers", []), self.one("owner")]
        return {name.strip() for line in lines for name in line.split(",") if name.strip()}

    def secret(self) -> bytes | None:
        """The secret that signs deliveries, or None where it can't be read."""
        given = os.environ.get("UPWEIGHT_PLAIN_SECRET", "").split(",")[0].strip()
        if given:
            return given.encode()
        try:
            with open(self.one("secretfile"), "rb") as file:
                return file.readline().strip() or None
        except OSError:
            return None


def person() -> str:
    """Who pushes. Raises Refused where nobody vouches for it."""
    name = os.environ.get("UPWEIGHT_PLAIN_USER") or os.environ.get("REMOTE_USER")
    if not name and "GATEWAY_INTERFACE" in os.environ:
        raise Refused("the web server did not say who you are; sign in to push")
    if not name:
        name = pwd.getpwuid(os.getuid()).pw_name
    if len(name) > 100 or not name.isprintable() or any(c in name for c in " /\\,"):
        raise Refused("that user name can't be used here")
    return name


def say(text: str) -> None:
    """A line for the person who pushes."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def proc_receive() -> int:
    """Take what was pushed to refs/for as contributions and tell git where they went."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    asked, given = hear(stdin, stdout)
    settings, objects = Settings(), Objects()
    try:
        tell(stdout, [_answer(settings, objects, one, given) for one in asked])
    finally:
        objects.close()
    return 0


def _answer(settings: Settings, objects: Objects, asked: Asked, given: list[str]) -> Answer:
    try:
        who = person()
        taken = take(objects, who, asked.ref, asked.new, options_of(given))
    except Refused as refusal:
        return Answer(asked.ref, reason=str(refusal))
    except GitFailed as failure:
        return Answer(asked.ref, reason=f"git said: {clean(str(failure))[:300]}; push again")
    head = f"refs/pull/{taken.number}/head"
    trouble = ring(settings.one("url"), settings.secret(), "pushed", _pushed(settings, who, taken))
    how = {ZERO: "new", taken.new: "as it was, told again"}.get(taken.old, "a new revision")
    say("")
    say(f"Contribution {taken.number} to {taken.branch}, {how}: {taken.title}")
    say(f"  topic {taken.topic}, by {who}")
    if settings.one("url"):
        say(f"  {settings.one('url').rstrip('/')}/r/{settings.repository}/contributions/{taken.number}")
    if trouble:
        say(f"  {trouble}")
    say("")
    return Answer(asked.ref, head, taken.old, taken.new)


def options_of(given: list[str]) -> dict[str, str]:
    """Push options as a dictionary. Raises Refused for those we don't know."""
    options: dict[str, str] = {}
    for line in given:
        name, _, value = line.partition("=")
        if name not in OPTIONS:
            raise Refused(f"unknown push option {clean(name)[:40]}; known: {', '.join(OPTIONS)}")
        options[name] = value
    return options


def _pushed(settings: Settings, who: str, taken: Taken) -> bytes:
    return encode(
        {
            "schema": 1,
            "repository": settings.repository,
            "number": taken.number,
            "head": taken.new,
            "base": taken.branch,
            "topic": taken.topic,
            "title": taken.title,
            "author": {"id": who, "name": who},
        }
    ).encode()


def update(ref: str, old: str, new: str) -> int:
    """Guard branches and tags: what reaches them goes through a contribution, and the service merges it."""
    try:
        _may_push(Settings(), person(), ref)
    except Refused as refusal:
        say(str(refusal))
        return 1
    return 0


def _may_push(settings: Settings, who: str, ref: str) -> None:
    if not ref.startswith(("refs/heads/", "refs/tags/")):
        raise Refused(f"{clean(ref)} is not pushed to; contributions go to refs/for/BRANCH")
    if who in settings.maintainers:
        return
    to_become = "maintainers alone push to it (git config --add upweight.maintainers NAME, on the forge)"
    if ref.startswith("refs/tags/"):
        raise Refused(f"{clean(ref)}: {to_become}")
    branch = clean(ref.removeprefix("refs/heads/"))
    raise Refused(
        f"{branch} changes through contributions: git push origin HEAD:refs/for/{branch} -o topic=NAME; {to_become}"
    )


def post_receive() -> int:
    """Tell the service of branches that a maintainer moved."""
    settings = Settings()
    for line in sys.stdin.read().splitlines():
        old, new, ref = line.split(" ", 2)
        if not ref.startswith("refs/heads/"):
            continue
        body = {
            "schema": 1,
            "repository": settings.repository,
            "branch": ref.removeprefix("refs/heads/"),
            "old": old,
            "new": new,
            "person": {"id": person(), "name": person()},
        }
        ring(settings.one("url"), settings.secret(), "branch-moved", encode(body).encode())
    return 0


def main() -> int:
    """Run the hook that the first argument names."""
    name, arguments = sys.argv[1], sys.argv[2:]
    if name == "proc-receive":
        return proc_receive()
    if name == "update":
        return update(*arguments)
    return post_receive()
