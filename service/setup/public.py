"""Where a forge reaches this service: the address that its deliveries go to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

HOW = (
    "The service listens on this machine alone, and a forge must reach it: let a proxy with a certificate pass on "
    "https://HOST/webhooks/ to it, and name https://HOST by --public-url or UPWEIGHT_PUBLIC_URL (docs/forges.md)."
)


class NotPublic(ValueError):
    """No address that a forge could reach; the message says how to get one."""


def door(public_url: str | None, forge: str) -> str:
    """The address of the forge's deliveries. Raises NotPublic."""
    if not public_url:
        raise NotPublic("No public address is set.")
    parts = urlsplit(public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise NotPublic(f"{public_url[:100]!r} is no address; write https://HOST.")
    if parts.username is not None:
        raise NotPublic("The public address holds a user; deliveries prove themselves by their secret.")
    if parts.scheme == "http" and not near(parts.hostname):
        raise NotPublic(f"{public_url[:100]!r} is not encrypted, and leads over other networks; write https.")
    return f"{public_url.rstrip('/')}/webhooks/{forge}"


def near(host: str) -> bool:
    """Whether it lies on this machine or in a private network, as a test server does or a container beside ours."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host
    return address.is_loopback or address.is_private
