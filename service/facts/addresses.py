"""Where a cited repository may be fetched from: a listed host over https, at an address that everybody can reach.

The name is looked up here, once, and Git is told to use what was found: a name that leads elsewhere a moment later
leads nowhere else. An address of this machine or of a private network is refused, unless the operator named the host.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any, NamedTuple

from triage_rules.citations import address_of, on_list
from triage_rules.facts import BARRED_HOST

Look = Callable[[str, int], list[str]]  # host and port -> addresses; raises OSError


class Endpoint(NamedTuple):
    """A host that may be asked, and whether its address may be a private one."""

    host: str
    port: int
    url: str
    private: bool


class Barred(Exception):
    """Nothing is fetched from there; the message is a clause in our own words."""


def endpoint(repo: str, hosts: tuple[str, ...], private: tuple[str, ...]) -> Endpoint:
    """Where an address leads, if the operator lets this service go there. Raises Barred."""
    address = address_of(repo)
    if address is None:
        raise Barred("its repository has no plain https address")
    named = on_list(address.host, private)
    if not named and not on_list(address.host, hosts):
        raise Barred(BARRED_HOST)
    host, _, port = address.host.partition(":")
    return Endpoint(host, int(port or 443), f"https://{address.host}{address.path or '/'}", named)


def look(host: str, port: int) -> list[str]:
    """Every address of a host, as the system knows them."""
    found: list[tuple[Any, ...]] = list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def pinned(where: Endpoint, look_up: Look = look) -> str:
    """What Git is told by `http.curloptResolve`. Raises Barred where one address is no public one, and OSError."""
    addresses = look_up(where.host, where.port)
    if not addresses:
        raise OSError("no address")
    if not where.private and not all(map(is_public, addresses)):
        raise Barred("its host leads into a private network")
    shown = ",".join(f"[{each}]" if ":" in each else each for each in addresses)
    return f"{where.host}:{where.port}:{shown}"


def is_public(text: str) -> bool:
    """Can everybody reach this address, and does it hold no private one inside?"""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if "%" in text or not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.is_site_local:
            return False
        inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        return all(each is None or each.is_global for each in inside)
    return True
