"""Put web, door, worker and timetable together and serve until told to stop."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pygit2
import uvicorn
from litestar.types import ASGIApp

from service import logs, taking
from service.db.engine import store_url
from service.db.inbox import GroupInbox, open_inbox
from service.embedded import Threads
from service.git import read
from service.house import PLAIN, House, open_house
from service.lines import obey, rights, run
from service.policy import PolicyError
from service.settings import Settings, own_secret
from service.tasks import app_is_embedded, make_app, worker_name
from service.web.app import ActResult, Services, create_app
from service.web.held import Held
from service.web.shield import host_of
from service.web.signin import Person, new_link
from webhooks.event import Person as ForgePerson
from webhooks.forge import Busy
from webhooks.plain.forge import PlainForge
from webhooks.routes import door

log = logs.named("up")


def serve(
    settings: Settings,
    forge: str,
    named: Sequence[str],
    taken: dict[str, Any],
    told: Callable[[dict[str, Any]], None],
) -> None:
    """Serve until SIGINT or SIGTERM: what the home serves already, and what is `named` on a forge.

    `told` hears once where we listen.
    """
    log_to_stderr()
    house = open_house(settings)
    with house.lock():
        listening = socket.create_server((settings.bind, settings.port))
        port = listening.getsockname()[1]
        url = settings.public_url or f"http://{settings.bind}:{port}"
        for name in named:
            taking.take_in(house, forge, name, url, taken)
        if not (settings.door_secrets(forge) or settings.own_secrets(forge, "")):
            log.warning("no delivery will be believed: no webhook secret is set", forge=forge)
        celery = make_app(house)
        threads = Threads(house, celery, works=app_is_embedded(house))
        take_back(house)
        inbox = open_inbox(store_url(settings))
        web = create_app(_services(house, inbox, threads))
        with house.database.write() as session:
            link = new_link(session, "owner", "admin")
        told({"url": url, "link": f"{url}{link}", "home": str(house.home)})
        server = Server(
            house, uvicorn.Config(web, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
        )
        server.run(sockets=[listening])


class Server(uvicorn.Server):
    """Uvicorn that says at once that it was told to stop, and has trainings save their checkpoint meanwhile."""

    def __init__(self, house: House, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._house = house

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGINT or SIGTERM; a second SIGINT waits for nobody."""
        if not self.should_exit:
            sys.stderr.write("Stopping ... runs save a checkpoint and go on at the next start.\n")
            self._house.stopping.set()
        super().handle_exit(sig, frame)


def take_back(house: House) -> None:
    """Queue again what this house worked on when it ended; what other workers have in hand is theirs."""
    if app_is_embedded(house):
        run.orphaned(house, worker_name(house))


def log_to_stderr() -> None:
    """Stdout is for data alone: whoever started us may read one line of it and then no more."""
    logging.basicConfig(level=logging.WARNING)
    for noisy in ("celery", "kombu", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logs.tell(logging.INFO)


def _services(house: House, inbox: GroupInbox, threads: Threads) -> Services:
    settings = house.settings

    def ring(delivery: str) -> None:
        house.ring("take", delivery)

    async def start() -> None:
        inbox.start()
        house.judge.start()
        await threads.start()
        house.ring("tick")
        house.ring("catch_up")  # judging what was missed may take long, and the door shall answer at once

    async def stop() -> None:
        await threads.stop()
        house.judge.close()
        inbox.stop()

    return Services(
        database=house.database,
        home=house.home,
        act=lambda command, asked, who: act(house, command, asked, who),
        api_token=own_secret(house.home / "secrets" / "api"),
        door=cast(ASGIApp, door(inbox, settings.door_secrets, ring, own=settings.own_secrets)),
        source=lambda name, commit, path: source(house, name, commit, path),
        policy=lambda name: house.policy(house.repository(name)),
        policy_fault=lambda name: policy_fault(house, name),
        hosts=[*Services.hosts, *host_of(house.settings.public_url)],
        on_startup=[start],
        on_shutdown=[stop],
    )


def act(house: House, command: str, asked: dict[str, Any], who: Person) -> ActResult:
    """A button or an API call as a command of a person of the forge."""
    asked = dict(asked)
    name = str(asked.pop("repository", ""))
    try:
        person = person_on(house, name, who.id)
    except KeyError:
        return ActResult(False, f"We serve no repository {name[:60]}.")
    try:
        answer = obey.obey(house, name, command, asked, person)
    except Busy as why:
        return ActResult(
            False, f"The forge asks to wait; say it again in {max(1, round(why.after))} seconds."
        )
    except OSError as why:  # a comment waits and is heard again; whoever presses a button can press it again
        log.warning("a command could not be carried out now", repository=name, command=command, why=str(why))
        return ActResult(False, "The forge does not answer just now; ask again in a while.")
    return ActResult(answer.ok, answer.sentence, answer.data)


def person_on(house: House, name: str, person: str) -> ForgePerson:
    """Who is signed in, as a repository's forge knows them: its owner, or elsewhere whoever runs this service."""
    row = house.repository(name)
    if person != "owner":
        return ForgePerson(row.forge, person, person)
    if row.forge != PLAIN:
        return ForgePerson(rights.LOCAL, person, person)
    owns = PlainForge(Path(row.address)).owner()
    return ForgePerson(PLAIN, owns, owns)


def source(house: House, name: str, commit: str, path: str) -> Held | None:
    """What a commit holds at a path, for the pages."""
    git = house.git(house.repository(name))
    try:
        found = read.held(git, read.commit_at(git, commit), path)
    except read.NoSuchRevision:
        return None
    return Held(*found) if found is not None else None


def policy_fault(house: House, name: str) -> str | None:
    """What is wrong with a repository's policy and how to mend it; None where it can be read."""
    try:
        house.policy(house.repository(name))
    except PolicyError as error:
        more = f" {len(error.others)} more: `upweight policy check` names them." if error.others else ""
        return f"{error}{more}"
    except pygit2.GitError as error:
        return f"The repository can't be read: {error}."
    return None
