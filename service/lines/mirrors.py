"""The mirror of a repository that lies on a forge, by the forge's word and the operator's settings."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from service import logs
from service.db.tables import Repository
from service.git.mirror import Fetched, Mirror, Target
from service.house import House
from service.lines import rewound, whose
from service.settings import proxy_of
from webhooks.forge import Denied, Remote

log = logs.named("mirror")


def mirror(house: House, repository: Repository, forge: Any = None) -> Mirror | None:
    """Our mirror of it; None where our bare repository is the forge itself.

    Of the forge's settings: `authorities`, `proxy`, and `push_url` with `push_user` and `push_token`, where tags and
    refs of ours go if the forge does not take them.
    """
    forge = forge if forge is not None else house.forge(repository)
    if not isinstance(forge, Remote):
        return None
    told = house.settings.forge(repository.forge)
    url = forge.git_url()
    push = None
    if elsewhere := told.get("push_url"):
        token = told.get("push_token")
        login = (told.get("push_user", "git"), token) if token else None
        push = Target(elsewhere, lambda: login)
    return Mirror(
        Path(repository.address),
        Target(url, forge.git_login),
        repository.base_branch,
        heads=forge.heads(),
        push=push,
        authorities=Path(told["authorities"]).expanduser() if told.get("authorities") else None,
        proxy=told.get("proxy") or proxy_of(url),
        stopping=house.stopping,
    )


def fetch(house: House, repository: Repository, number: int | None = None) -> None:
    """Bring the base branch, and a contribution's head where one is named, just before a line looks.

    Raises OSError where to try later. Where the forge refuses, the last that we know is what there is.
    """
    try:
        refresh(house, repository, () if number is None else (number,))
    except Denied as why:
        log.warning("not fetched", repository=repository.id, number=number, why=str(why)[:300])


def refresh(
    house: House, repository: Repository, numbers: Collection[int] | None = (), forge: Any = None
) -> Fetched:
    """Fetch the base branch, tags and these heads (None: all), and act on what is a fact by then.

    Nothing is fetched of what lies here, or of whoever took our repository's name. Raises as ``Mirror.fetch``.
    """
    now = whose.confirmed(house, repository, forge)
    if now.name != repository.name:
        repository, forge = now, None
    ours = mirror(house, repository, forge)
    if ours is None:
        return Fetched()
    found = ours.fetch(numbers)
    for name, what in (
        ("vanished", found.vanished),
        ("clashes", found.clashes),
        ("too_large", found.too_large),
    ):
        if what:
            log.warning(
                "not as it was on the forge", repository=repository.id, fact=name, which=list(what)[:20]
            )
    if found.rewound and found.branch is not None:
        rewound.look(house, repository, found.branch[0] or "", found.branch[1])
    return found
