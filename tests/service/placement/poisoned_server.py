"""The judge's own process, with a judge that a poisoned contribution can hang, end or break."""

from __future__ import annotations

import os
import signal
import time

from service.placement.judge_server import serve
from triage_rules.contribution import Contribution
from triage_rules.judge import judge
from triage_rules.policy import Policy
from triage_rules.rule import Facts
from triage_rules.verdict import Verdict


def poisoned(contribution: Contribution, policy: Policy, facts: Facts) -> Verdict:
    """As the rules judge, unless a file says what to do instead."""
    text = b"".join(file.after or b"" for file in contribution.files)
    if b"POISON hang" in text:
        signal.pause()
    if b"POISON end" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"POISON crash" in text:
        os.abort()
    if b"POISON grow" in text:
        bytearray(300 * 1024**2)
    if b"POISON slow" in text:
        time.sleep(1.0)
    if b"POISON memory" in text:
        raise MemoryError
    if b"POISON fault" in text:
        raise ZeroDivisionError("a rule divides by nothing")
    return judge(contribution, policy, facts)


if __name__ == "__main__":
    serve(poisoned)
