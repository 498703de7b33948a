"""What a community decides of its forge: how long somebody is waited for, and what is shown beside contributions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from service.policy_section import Section


class StaleSection(Section):
    """How long a contribution waits for its author, who is asked for something; after a silence of ours, we are told.

    A push or a comment of the author stops the clock. The reminder is an edit and a label, so that it notifies nobody
    twice; a contribution that is closed opens again by a push.
    """

    remind_after_days: int = Field(
        default=14,
        ge=0,
        le=3650,
        description="days after which its author is reminded, or maintainers are where it waits for them; 0: never",
    )
    close_after_days: int = Field(
        default=60,
        ge=0,
        le=3650,
        description="days after which it is closed, once its author was reminded; 0: never",
    )


class MergeSection(Section):
    """When an approved contribution goes into the base branch.

    `before`: at once, and the batch of what is merged is measured. The base branch holds what people approved,
    and needs no rights beyond those to merge; what a batch then shows to be harmful stays in it, held back.

    `after`: the batch is merged on a ref of its own and measured there, and the base branch is moved on to it when it
    passed. Nothing harmful gets in; but what is approved waits for a batch, and a base branch that moved meanwhile has
    the ref built anew. On a forge it needs the right to move a protected branch.
    """

    when: Literal["before", "after"] = Field(
        default="before",
        description='`"before"` it is measured, or `"after"` its batch has passed ([what each costs](#merging))',
    )


class ForgeSection(Section):
    """What the forge shows beside the contributions themselves."""

    dashboard: bool = Field(
        default=False,
        description="keep one issue with the queue and with boxes that act, for maintainers who never open our page",
    )
