"""Tell the service of what happened: write it to the spool, post it signed, take it off the spool.

The refs are the truth and the spool only rings, so a service that is down costs a moment, never a
contribution: whatever is still spooled is taken when it starts.
"""

from __future__ import annotations

import os
from hmac import new as hmac_new

from webhooks.plain.places import SPOOL

SECONDS = 2.0  # a person waits


def encode(value: object) -> str:
    """JSON of text, whole numbers and dictionaries of them (``json`` itself costs the hook 8 ms)."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{encode(str(k))}: {encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, int):
        return str(value)
    return _quote(str(value))


def _quote(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode()  # a lone surrogate is no text
    try:
        from _json import encode_basestring_ascii
    except ImportError:  # another Python than CPython
        from json.encoder import encode_basestring_ascii
    return encode_basestring_ascii(clean)


def new_id() -> str:
    """A random UUID (``uuid`` itself costs the hook 9 ms)."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def sign(secret: bytes, body: bytes) -> str:
    """The value of X-Upweight-Signature-256 for these bytes."""
    return "sha256=" + hmac_new(secret, body, "sha256").hexdigest()


def spool(event: str, body: bytes) -> tuple[str, str]:
    """Keep a delivery on disk (temporary, fsync, rename); returns its id and its path."""
    delivery = new_id()
    path = os.path.join(SPOOL, f"{delivery}.{event}")
    descriptor = os.open(path + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        os.write(descriptor, body)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(path + ".tmp", path)
    return delivery, path


def post(url: str, secret: bytes, delivery: str, event: str, body: bytes) -> int:
    """POST a delivery to ``url``/webhooks/plain; returns the status. OSError where nobody answers in time."""
    headers = {
        "Content-Type": "application/json",
        "X-Upweight-Delivery": delivery,
        "X-Upweight-Event": event,
        "X-Upweight-Signature-256": sign(secret, body),
    }
    scheme, _, rest = url.partition("://")
    host, _, prefix = rest.partition("/")
    path = f"/{prefix.rstrip('/')}/webhooks/plain" if prefix.strip("/") else "/webhooks/plain"
    if scheme == "https":
        return _post_https(host, path, headers, body)
    return _post_http(host, path, headers, body)


def _post_http(host: str, path: str, headers: dict[str, str], body: bytes) -> int:
    import _socket  # the C half: ``socket`` costs the hook 8 ms

    name, port = _split_host(host)
    family, kind, protocol, _, address = _socket.getaddrinfo(name, port, 0, _socket.SOCK_STREAM)[0]
    connection = _socket.socket(family, kind, protocol)
    try:
        connection.settimeout(SECONDS)
        connection.connect(address)
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: {host}",
            "Connection: close",
            f"Content-Length: {len(body)}",
        ]
        lines += [f"{key}: {value}" for key, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        answer = b""
        while b"\r\n" not in answer:
            part = connection.recv(4096)
            if not part:
                raise OSError("the service hung up")
            answer += part
    finally:
        connection.close()
    fields = answer.split(b" ", 2)
    if len(fields) < 2 or not fields[1].isdigit():
        raise OSError("that was no HTTP answer")
    return int(fields[1])


def _post_https(host: str, path: str, headers: dict[str, str], body: bytes) -> int:
    from http.client import HTTPException, HTTPSConnection

    connection = HTTPSConnection(host, timeout=SECONDS)
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    except HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def _split_host(host: str) -> tuple[str, int]:
    """A host and its port; an IPv6 address stands in brackets."""
    name, _, port = host.rpartition(":")
    if not name or not port.isdigit():
        return host.strip("[]"), 80
    return name.strip("[]"), int(port)


def ring(url: str, secret: bytes | None, event: str, body: bytes) -> str:
    """Spool, post, unspool. Returns "" when the service has it, else a sentence for the person who waits."""
    delivery, path = spool(event, body)
    if not url:
        return "No service is set for this forge (git config upweight.url); the contribution waits for one."
    if secret is None:
        return "The secret that signs deliveries can't be read; the service will find this when it looks."
    try:
        status = post(url, secret, delivery, event, body)
    except (OSError, ValueError):
        return "The service does not answer just now; it will see this when it starts."
    if status == 401:
        return (
            f"The service at {url} does not know this forge's secret. Start it again with --repository {os.getcwd()}, "
            "which mends that; this waits until then."
        )
    if status != 202:
        return f"The service answered {status}; this waits until it looks again."
    try:  # noqa: SIM105 (contextlib would be one more import to wait for)
        os.unlink(path)
    except FileNotFoundError:  # the service looked into the spool meanwhile
        pass
    return ""
