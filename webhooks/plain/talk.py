"""The talk between git and a proc-receive hook, in pkt-lines (git's documentation of hooks, "proc-receive").

Only the standard library, and little of it: a person waits for every millisecond of the hook.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

ZERO = "0" * 40


class Asked(NamedTuple):
    """One ref of a push: where it stood (always zeros under refs/for), what it should become."""

    old: str
    new: str
    ref: str


class Answer(NamedTuple):
    """What became of one ref: a place and its old and new commit, or the reason why not."""

    ref: str
    place: str = ""
    old: str = ZERO
    new: str = ZERO
    reason: str = ""


def read_packet(stream: BinaryIO) -> bytes | None:
    """One packet without its newline; None is a flush. Raises EOFError where git hung up."""
    head = stream.read(4)
    if len(head) < 4:
        raise EOFError("git ended the talk")
    length = int(head, 16)
    if length == 0:
        return None
    body = stream.read(length - 4)
    if len(body) < length - 4:
        raise EOFError("git ended the talk in the middle of a packet")
    return body.rstrip(b"\n")


def read_section(stream: BinaryIO) -> list[bytes]:
    """The packets up to the next flush."""
    packets: list[bytes] = []
    while (packet := read_packet(stream)) is not None:
        packets.append(packet)
    return packets


def write_section(stream: BinaryIO, packets: Iterable[bytes]) -> None:
    """The packets, then a flush."""
    for packet in packets:
        stream.write(b"%04x" % (len(packet) + 5) + packet + b"\n")
    stream.write(b"0000")
    stream.flush()


def hear(stdin: BinaryIO, stdout: BinaryIO) -> tuple[list[Asked], list[str]]:
    """Agree on version 1 and hear what is asked: the refs, and the push options."""
    greeting = read_section(stdin)
    version, _, features = (greeting[0] if greeting else b"").partition(b"\0")
    if version != b"version=1":
        raise ValueError(f"git speaks {version!r}; this hook knows version=1")
    with_options = b"push-options" in features.split()
    write_section(stdout, [b"version=1\0push-options" if with_options else b"version=1"])
    asked = [Asked(*line.decode("utf-8", "surrogateescape").split(" ", 2)) for line in read_section(stdin)]
    options = [line.decode("utf-8", "replace") for line in read_section(stdin)] if with_options else []
    return asked, options


def tell(stdout: BinaryIO, answers: Iterable[Answer]) -> None:
    """Report what became of each ref."""
    lines: list[str] = []
    for answer in answers:
        if answer.reason:
            lines.append(f"ng {answer.ref} {answer.reason}")
            continue
        lines += [
            f"ok {answer.ref}",
            f"option refname {answer.place}",
            f"option old-oid {answer.old}",
            f"option new-oid {answer.new}",
        ]
    write_section(stdout, [line.encode("utf-8", "surrogateescape") for line in lines])
