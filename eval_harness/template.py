"""A process that has imported what jobs need and forks one for each: a job begins at once, not after seconds.

Standard input is a Unix socket. Each message asks for a job: JSON `{"argv", "environ"}`, and with it three open files:
the lock that the job holds, its log, and a pipe that hears the job's pid and, when it has ended, its exit code
(negative: the signal that ended it). Whoever asks may die: the jobs go on, as any process does whose parent died.
Asked for nothing for a while, with no job at work, the template ends; where it can't begin, nobody waits for it.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

IDLE = 20.0  # seconds
LONGEST = 1 << 17  # bytes of a message
FILES = 3


def warm() -> None:
    """Import what takes its time. Nothing is computed, so that no thread is running when a job is forked."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    import eval_harness.measure.harness
    import eval_harness.measure.run
    import eval_harness.models.shipped
    import eval_harness.train.learner  # noqa: F401

    _ = AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM


class Template:
    """Jobs by the descriptor that becomes readable when they end, and who hears of it."""

    def __init__(self, asked: socket.socket, work: Callable[[list[str]], int]) -> None:
        self.asked, self.work = asked, work
        self.selector = selectors.DefaultSelector()
        self.selector.register(asked, selectors.EVENT_READ)
        self.jobs: dict[int, tuple[int, int]] = {}  # pidfd: pid, pipe

    def serve(self) -> None:
        """Fork what is asked for, until nobody asks any more."""
        while (ready := self.selector.select(IDLE)) or self.jobs:
            for key, _ in ready:
                if key.fd in self.jobs:
                    self._end(key.fd)
                elif not self._begin():
                    return

    def _begin(self) -> bool:
        message, files, _, _ = socket.recv_fds(self.asked, LONGEST, FILES)
        if not message:
            return False
        lock, log, told = files
        pid = os.fork()
        if not pid:
            self._become(json.loads(message), lock, log, told)
        os.close(lock)
        os.close(log)
        _tell(told, pid)
        job = os.pidfd_open(pid)
        self.jobs[job] = pid, told
        self.selector.register(job, selectors.EVENT_READ)
        return True

    def _end(self, job: int) -> None:
        pid, told = self.jobs.pop(job)
        self.selector.unregister(job)
        os.close(job)
        _tell(told, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        os.close(told)

    def _become(self, request: dict[str, dict[str, str]], lock: int, log: int, told: int) -> NoReturn:
        """In the child: hold the lock, be named in it, and be the job."""
        code = 1
        try:
            os.setsid()
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            self.selector.close()
            self.asked.close()
            for other in (told, *(fd for job, (_, pipe) in self.jobs.items() for fd in (job, pipe))):
                os.close(other)
            for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
                os.dup2(file, number)
            os.environ.clear()
            os.environ.update(request["environ"])
            code = self.work(list(request["argv"]))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _tell(pipe: int, number: int) -> None:
    try:
        os.write(pipe, f"{number}\n".encode())
    except BrokenPipeError:  # whoever asked is gone
        return


def serve(work: Callable[[list[str]], int]) -> int:
    """Be a template of `work`, the harness's own command line, on the socket that is standard input."""
    os.close(os.pidfd_open(os.getpid()))  # Linux before 5.3 can't: it ends here, before anybody has a job
    with socket.socket(fileno=os.dup(0)) as asked:
        warm()
        Template(asked, work).serve()
    return 0
