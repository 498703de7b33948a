"""The forges that we know: each is a folder here, found by its name, so that a new one touches one folder.

A folder holds ``scheme.py`` with a ``SCHEME`` (how it delivers) and ``forge.py`` with ``opened(where)``, which gives as
many protocols of ``webhooks.forge`` as the forge can do.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

import webhooks
from webhooks.scheme import Scheme


class Where(msgspec.Struct, frozen=True):
    """A repository on a forge: its name there, our bare repository or mirror of it, and the operator's settings.

    `id` is the forge's own of it, which outlives a new name; "" where it is not known yet.
    `settings` are those of this forge alone (``UPWEIGHT_GITHUB_API`` is `api` of `github`). Secrets are among them, so
    it is never to be logged.
    """

    name: str
    git: Path
    settings: Mapping[str, str] = {}
    id: str = ""

    def __repr__(self) -> str:
        return f"Where({self.name!r}, {str(self.git)!r})"


@cache
def names() -> tuple[str, ...]:
    """Every forge that has a folder here."""
    folders = (module.name for module in pkgutil.iter_modules(webhooks.__path__) if module.ispkg)
    return tuple(sorted(folders))


@cache
def schemes() -> dict[str, Scheme]:
    """How each delivers."""
    return {name: import_module(f"webhooks.{name}.scheme").SCHEME for name in names()}


def opened(forge: str, where: Where) -> Any:
    """What a forge can do for one repository. Raises KeyError for an unknown forge, ValueError for its settings."""
    if forge not in names():
        raise KeyError(forge)
    return import_module(f"webhooks.{forge}.forge").opened(where)
