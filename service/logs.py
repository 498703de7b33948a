"""Where it is said what happens: on stderr, whoever runs; stdout is for data, and somebody may read it line by line."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def named(name: str) -> Any:
    """The log of a room."""
    return structlog.get_logger(name)


def tell(level: int) -> None:
    """Write what is at least of this level from now on."""
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=True),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
    )


tell(logging.WARNING)  # a command has nothing to tell on the way; the service tells more
