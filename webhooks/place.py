"""Which repository goes by a name: on a forge a name or an owner may change, and another may take the old name.

So each is known by the forge's own id of it, which outlives both, and what comes under a name is held against the id.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from webhooks.forge import Denied


class Elsewhere(Denied):
    """What goes by our repository's name is another repository: nothing of it is for us, or from us."""


class Place(msgspec.Struct, frozen=True):
    """A repository: the forge's id of it, and its name of now."""

    id: str
    name: str


@runtime_checkable
class Identified(Protocol):
    """A forge whose repositories keep an id whatever they are called."""

    def place(self) -> Place:
        """Which repository this is: by its id where the forge is asked by that, else whatever goes by its name.

        Raises Denied where there is none, or none that we may see; OSError.
        """
        ...
