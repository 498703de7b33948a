"""A service in a process of its own, started as an operator would."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from service.settings import at_home


class Served:
    """`upweight up` in a home at a free port; `given` goes on its command line, `told` into its environment."""

    def __init__(self, home: Path, *given: str, told: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "service", "up", "--home", str(home), "--port", "0", *given]
        self.said = home.with_suffix(".log").open("a+")
        self.process = subprocess.Popen(
            command,
            env={**at_home(), **told},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log()
        self.url: str = json.loads(line)["url"]

    def log(self) -> str:
        """What the service said last."""
        self.said.seek(0)
        return "\n".join(self.said.read().splitlines()[-30:])

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        self.said.close()
