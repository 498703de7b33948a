"""What two keys of a section say together must make sense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage_rules.tables import Locate, PolicyError

if TYPE_CHECKING:
    from service.policy import Policy


def agree_on_silence(policy: Policy, data: dict[str, Any], path: str, locate: Locate) -> None:
    """A contribution is closed after its author was reminded. Raises PolicyError."""
    wait = policy.stale
    if wait.close_after_days and not 0 < wait.remind_after_days < wait.close_after_days:
        message = f"Closed after {wait.close_after_days} days, with no reminder before that."
        remedy = "Let `remind_after_days` be less than `close_after_days`, and not 0; or never close, with 0."
        raise PolicyError(path, locate(("stale", list(data["stale"])[-1])), message, remedy)


def agree_on_batches(policy: Policy, data: dict[str, Any], path: str, locate: Locate) -> None:
    """What makes a batch can be had. Raises PolicyError."""
    if policy.batch.at_most < policy.batch.at_least:
        named = {key.replace("-", "_"): key for key in data["batch"]}
        line = locate(("batch", named.get("at_most") or named["at_least"]))
        least, most = (
            f"{getattr(policy.batch, name)}{'' if name in named else ' (the default)'}"
            for name in ("at_least", "at_most")
        )
        message = f"A batch of at least {least} and at most {most} never forms."
        raise PolicyError(path, line, message, "Let `at_most` be no less than `at_least`.")
