"""Fetching from a real server over HTTPS: what is there is read as text, and every trick is a fact with its name."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service import settings
from service.facts import fetcher
from service.facts.documents import AGAIN, GIVEN_UP, SOON, TRIES, Shelf
from service.facts.files import MOST_FILES
from service.facts.mirror import read as read_mirror
from tests.service.facts.stranger import Server, authority, repository, serving
from triage_rules.facts import Cited, Document

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the server's certificate"),
]
TEXT = b"# Lamps\n\nThe north mole carries three green lamps.\n"
FILES: dict[str, bytes | tuple[int, bytes]] = {
    "lamps.md": TEXT,
    "deep/er/lamps.md": b"\xef\xbb\xbfDeeper",
    "run.md": (0o100755, b"Executable"),
    "big.md": b"lamp " * 1_100_000,
    "binary.md": b"PK\x03\x04\0\0",
    "latin.md": "Hafenlaternengr\xf6\xdfe".encode("latin-1"),
    "pointer.md": b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n",
    "link.md": (0o120000, b"/etc/passwd"),
    "module.md": (0o160000, b"ab" * 20),
    "notes.txt": b"Not cited",
    ".gitmodules": b'[submodule "m"]\n\tpath = module.md\n\turl = https://localhost:1/never\n',
    ".gitattributes": b"*.md filter=lfs\n",
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(tmp_path: Path, certificate: Path) -> Iterator[Server]:
    (tmp_path / "root").mkdir()
    with serving(tmp_path / "root", certificate) as running:
        yield running


@pytest.fixture
def lamps(server: Server) -> str:
    return repository(server.root / "lamps.git", FILES)


Go = Callable[..., Document]


@pytest.fixture
def go(server: Server, tmp_path: Path, certificate: Path) -> Go:
    """Fetch in this process; `look_up` is who knows addresses."""

    def fetch(path: str, commit: str, *patterns: str, host: str = "localhost", private: bool = True,
              look_up: Callable[[str, int], list[str]] | None = None) -> Document:  # fmt: skip
        folder = tmp_path / "folder"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        url = f"https://{host}:{server.server_port}/{path}"
        cited = Cited(url, commit, patterns or ("*.md",))
        order = fetcher.Order(cited, host, server.server_port, url, private, str(folder), str(certificate))
        return fetcher.fetch(order, look_up or (lambda _host, _port: ["127.0.0.1"]))

    return fetch


def shelf(server: Server, folder: Path, certificate: Path, **more: object) -> Shelf:
    chosen = settings.read(
        {
            "UPWEIGHT_DOCUMENT_HOSTS": "none",
            "UPWEIGHT_DOCUMENT_PRIVATE_HOSTS": f"localhost:{server.server_port}",
            "UPWEIGHT_DOCUMENT_AUTHORITIES": str(certificate),
        },
        home=folder / "home",
    )
    return Shelf(chosen, **more)  # type: ignore[arg-type]


def cite(server: Server, path: str, commit: str, *patterns: str) -> Cited:
    return Cited(f"https://localhost:{server.server_port}/{path}", commit, patterns or ("*.md",))


def test_text_is_read_and_what_is_none_is_named(go: Go, lamps: str, server: Server) -> None:
    document = go("git/lamps.git", lamps)
    assert document.state == "there"
    assert {file.path: file.wrong or file.text for file in document.files} == {
        "lamps.md": TEXT.decode(),
        "deep/er/lamps.md": "Deeper",
        "run.md": "Executable",
        "big.md": "too large",
        "binary.md": "not text",
        "latin.md": "not text",
        "pointer.md": "an LFS pointer",
        "link.md": "a symbolic link",
        "module.md": "a submodule",
    }
    assert len(server.asked) == 2  # what is there, and the one pack: nothing is fetched later on


def test_an_operators_mirror_gives_the_same_document(go: Go, lamps: str, server: Server) -> None:
    fetched = go("git/lamps.git", lamps)
    assert read_mirror(server.root / "lamps.git", fetched.cited) == fetched
    assert read_mirror(server.root / "lamps.git", Cited("x", "a" * 40, ("*",))) is None
    assert read_mirror(server.root / "nowhere", fetched.cited) is None


def test_a_server_that_sends_what_it_was_asked_to_leave_out_is_read_no_further(
    go: Go, lamps: str, server: Server
) -> None:
    import pygit2

    pygit2.Repository(str(server.root / "lamps.git")).config["uploadpack.allowFilter"] = "false"
    document = go("git/lamps.git", lamps, "big.md", "lamps.md")
    assert {file.path: file.wrong for file in document.files} == {"big.md": "too large", "lamps.md": None}


def test_a_commit_and_a_repository_that_are_not_there_are_told_apart(go: Go, lamps: str) -> None:
    absent = go("git/lamps.git", "a" * 40)
    assert (absent.state, absent.why) == ("not-found", "its repository has no such commit")
    nowhere = go("git/none.git", lamps)
    assert (nowhere.state, nowhere.why) == ("not-found", "there is no public repository at this address")


def test_a_tree_is_no_commit(go: Go, lamps: str, server: Server) -> None:
    import pygit2

    tree = str(pygit2.Repository(str(server.root / "lamps.git"))[lamps].peel(pygit2.Tree).id)
    assert go("git/lamps.git", tree).state == "not-found"


def test_a_redirect_is_not_followed(go: Go, lamps: str, server: Server) -> None:
    document = go("moved/lamps.git", lamps)
    assert document.state == "moved"
    assert not [path for path in server.asked if path.startswith("/git/")]


def test_a_name_that_leads_to_this_machine_is_refused_before_anything_is_sent(
    go: Go, lamps: str, server: Server
) -> None:
    document = go("git/lamps.git", lamps, host="docs.example.org", private=False)
    assert (document.state, document.why) == ("refused", "its host leads into a private network")
    assert server.asked == []


def test_git_goes_to_the_address_that_was_looked_up_whatever_the_name_means_by_then(
    go: Go, lamps: str
) -> None:
    assert go("git/lamps.git", lamps, host="docs.example.org").state == "there"


def test_a_name_that_nobody_knows_and_a_host_that_is_ill_are_tried_again(go: Go, lamps: str) -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    assert go("git/lamps.git", lamps, look_up=unknown).state == "later"
    assert go("ill/lamps.git", lamps).state == "later"


def test_a_certificate_that_nobody_trusts_is_not_taken(
    go: Go, lamps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSL_NO_VERIFY", "1")  # of whoever runs the service: Git does not get to know it
    assert go("git/lamps.git", lamps, host="other.example.org").state == "later"


def test_patterns_that_match_too_many_files_are_too_large(go: Go, server: Server) -> None:
    many = repository(server.root / "many.git", {f"{n}.md": b"x" for n in range(MOST_FILES + 1)})
    document = go("git/many.git", many)
    assert (document.state, document.why) == (
        "too-large",
        f"its patterns match {MOST_FILES + 1} files, {MOST_FILES} are the limit",
    )


def test_files_that_are_too_much_together_are_too_large(go: Go, server: Server) -> None:
    heavy = repository(server.root / "heavy.git", {f"{n}.md": f"{n} ".encode() * 2_000_000 for n in range(6)})
    assert go("git/heavy.git", heavy).state == "too-large"


def test_nothing_of_the_repository_is_checked_out(go: Go, lamps: str, tmp_path: Path) -> None:
    go("git/lamps.git", lamps)
    assert not list((tmp_path / "folder").rglob("*.md"))


def test_a_document_is_fetched_once_by_a_process_of_its_own(
    server: Server, lamps: str, tmp_path: Path, certificate: Path
) -> None:
    kept, cited = shelf(server, tmp_path, certificate), cite(server, "git/lamps.git", lamps, "lamps.md")
    assert kept.known(cited) is None
    assert kept.due(cited)
    document = kept.fetch(cited)
    assert (document.state, document.texts) == ("there", (TEXT.decode(),))
    server.asked.clear()
    again = shelf(server, tmp_path, certificate)
    assert again.known(cited) == document
    assert not again.due(cited)
    assert server.asked == []
    assert list((tmp_path / "home" / "fetching").iterdir()) == []


def test_a_slow_server_is_given_up_and_all_that_was_started_is_ended(
    server: Server, tmp_path: Path, certificate: Path
) -> None:
    kept = shelf(server, tmp_path, certificate, limit=2.0)
    cited = cite(server, "slow/lamps.git", "a" * 40)
    document = kept.fetch(cited)
    assert (document.state, document.why, document.tries) == (
        "later",
        "fetching it took more than 2 seconds",
        1,
    )
    assert str(tmp_path / "home" / "fetching") not in _commands()
    assert list((tmp_path / "home" / "fetching").iterdir()) == []


def _commands() -> str:
    """The folder that each process of this machine stands in."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        try:
            found.append(str(each.readlink()))
        except OSError:
            continue
    return "\n".join(found)


def test_a_repository_that_is_too_large_ends_at_the_limit_of_what_may_be_written(
    server: Server, tmp_path: Path, certificate: Path
) -> None:
    import random

    noise = random.Random(1).randbytes(3 * 1024**2)
    large = repository(server.root / "large.git", {"lamps.md": TEXT, "noise.bin": noise})
    cited = cite(server, "git/large.git", large)
    assert shelf(server, tmp_path / "a", certificate, most=1024**2).fetch(cited).state == "too-large"
    assert shelf(server, tmp_path / "b", certificate).fetch(cited).state == "there"


def test_a_host_that_does_not_answer_is_asked_later_and_later_and_then_given_up(
    server: Server, tmp_path: Path, certificate: Path
) -> None:
    now = [1000.0]
    kept = shelf(server, tmp_path, certificate, clock=lambda: now[0])
    cited = cite(server, "ill/lamps.git", "a" * 40)
    for tries in range(1, TRIES):
        assert kept.fetch(cited).state == "later"
        assert kept.known(cited) is None
        now[0] += SOON * 4 ** (tries - 1) - 1
        assert not kept.due(cited)
        now[0] += 1
        assert kept.due(cited)
    assert kept.fetch(cited).state == "unreachable"
    known = kept.known(cited)
    assert known is not None
    assert known.why == f"its host did not answer as it should, in {TRIES} tries"
    now[0] += GIVEN_UP + 1
    assert kept.known(cited) is None
    assert kept.due(cited)


def test_what_its_author_may_have_mended_is_asked_anew_after_a_while(
    server: Server, lamps: str, tmp_path: Path, certificate: Path
) -> None:
    now = [1000.0]
    kept = shelf(server, tmp_path, certificate, clock=lambda: now[0])
    cited = cite(server, "git/lamps.git", "a" * 40)
    assert kept.fetch(cited).state == "not-found"
    assert kept.known(cited) is not None
    now[0] += AGAIN + 1
    assert kept.known(cited) is None


def test_what_was_not_asked_for_the_longest_is_forgotten_first(
    server: Server, lamps: str, tmp_path: Path, certificate: Path
) -> None:
    import os

    first, second = (cite(server, "git/lamps.git", lamps, pattern) for pattern in ("lamps.md", "run.md"))
    kept = shelf(server, tmp_path, certificate, room=400)
    kept.fetch(first)
    for file in (tmp_path / "home" / "documents").rglob("*.json"):
        os.utime(file, (1, 1))
    kept.fetch(second)
    assert kept.known(first) is None
    assert kept.known(second) is not None


def test_a_process_that_ends_before_its_time_is_tried_again(
    server: Server, tmp_path: Path, certificate: Path
) -> None:
    kept = shelf(server, tmp_path, certificate, command=(sys.executable, "-c", "raise SystemExit(3)"))
    assert kept.fetch(cite(server, "git/lamps.git", "a" * 40)).state == "later"


def test_by_default_no_private_host_is_asked_and_a_part_of_a_hash_is_not_looked_for(tmp_path: Path) -> None:
    kept = Shelf(settings.read({}, home=tmp_path))
    told = kept.known(Cited("https://localhost:1/lamps", "a" * 40, ()))
    assert told is not None
    assert (told.state, told.why) == ("refused", "this service fetches nothing from its host")
    told = kept.known(Cited("https://github.com/harbour/lamps", "a" * 12, ()))
    assert told is not None
    assert told.why == "it names no full hash of a commit"
    assert kept.known(Cited("https://github.com/harbour/lamps", "a" * 40, ())) is None
