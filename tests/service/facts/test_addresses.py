"""Documents are fetched from listed hosts, over https, at addresses that everybody can reach."""

from __future__ import annotations

import pytest

from service.facts.addresses import Barred, Endpoint, endpoint, is_public, pinned

HOSTS = ("github.com", "*.example.org", "forge.example.net:8443")


@pytest.mark.parametrize(
    ("repo", "host", "port"),
    [
        ("https://github.com/harbour/lamps", "github.com", 443),
        ("https://GitHub.com/harbour/lamps.git", "github.com", 443),
        ("https://docs.example.org/lamps", "docs.example.org", 443),
        ("https://forge.example.net:8443/lamps", "forge.example.net", 8443),
    ],
)
def test_a_listed_host_over_https_is_asked(repo: str, host: str, port: int) -> None:
    found = endpoint(repo, HOSTS, ())
    assert (found.host, found.port, found.private) == (host, port, False)
    assert found.url.startswith(f"https://{host}")


@pytest.mark.parametrize(
    "repo",
    [
        "http://github.com/harbour/lamps",
        "git@github.com:harbour/lamps.git",
        "ssh://git@github.com/harbour/lamps",
        "file:///etc/passwd",
        "ext::sh -c touch% /tmp/x",
        "--upload-pack=touch",
        "https://ada:secret@github.com/harbour/lamps",
        "https://github.com@elsewhere.example/harbour",
        "https://github.com:22/harbour/lamps",
        "https://elsewhere.example/github.com",
        "https://example.org/lamps",  # *.example.org is what lies below it
        "https://notexample.org/lamps",
        "https://[::1]/lamps",
        "https://127.0.0.1/lamps",
        "https://github.com/lamps?x=1",
        "https://github.com/la mps",
        "https://github.com/lamps\n.example",
        "https://github.com\\@elsewhere.example/",
        "https://gıthub.com/harbour/lamps",
        "https://127.0.0.1%23.example.org/lamps",
        "https://elsewhere.example%2f.example.org/lamps",
        "https://elsewhere.example;.example.org/lamps",
        "https://" + "a" * 600,
        "",
    ],
)
def test_nothing_else_is_asked(repo: str) -> None:
    with pytest.raises(Barred):
        endpoint(repo, HOSTS, ())


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.7", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
     "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "fec0::1", "2002:7f00:1::", "2001:db8::1", "localhost", ""],
)  # fmt: skip
def test_an_address_of_this_machine_or_of_a_private_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["140.82.121.4", "2606:50c0:8000::153"])
def test_an_address_that_everybody_reaches_is_public(address: str) -> None:
    assert is_public(address)


def test_git_is_told_the_addresses_that_were_looked_at() -> None:
    where = Endpoint("github.com", 443, "https://github.com/x", False)
    assert pinned(where, lambda _h, _p: ["140.82.121.4", "2606:50c0:8000::153"]) == (
        "github.com:443:140.82.121.4,[2606:50c0:8000::153]"
    )


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    where = Endpoint("github.com", 443, "https://github.com/x", False)
    with pytest.raises(Barred, match="private network"):
        pinned(where, lambda _h, _p: ["140.82.121.4", "127.0.0.1"])
    with pytest.raises(OSError, match="no address"):
        pinned(where, lambda _h, _p: [])


def test_a_private_host_is_asked_where_its_operator_named_it_and_only_there() -> None:
    found = endpoint("https://git.internal:8443/lamps", HOSTS, ("git.internal:8443",))
    assert pinned(found, lambda _h, _p: ["10.0.0.5"]) == "git.internal:8443:10.0.0.5"
    with pytest.raises(Barred):
        endpoint("https://git.internal/lamps", HOSTS, ("git.internal:8443",))
