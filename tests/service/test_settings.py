"""Settings: the defaults of a laptop, the environment over them, the command line over both; secrets made once."""

from __future__ import annotations

import re
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from service import settings
from service.settings import Settings, SettingsError, own_secret, plain_secret, read


def test_nothing_set_gives_the_defaults_of_a_laptop() -> None:
    found = read({})
    assert found.home == Path("~/.upweight").expanduser()
    assert found.cache == Path("~/.cache/upweight").expanduser()
    assert (found.bind, found.port, found.url) == ("127.0.0.1", 8400, "http://127.0.0.1:8400")
    assert (found.database_url, found.broker_url, found.teacher) == (None, "memory://localhost/", None)
    assert found.slots in (1, 2)


def test_the_environment_stands_over_defaults_and_the_command_line_over_both() -> None:
    environ = {"UPWEIGHT_PORT": "9000", "UPWEIGHT_SLOTS": "3", "UPWEIGHT_BIND": "::1"}
    found = read(environ, port=9100, bind=None)
    assert (found.port, found.slots, found.bind) == (9100, 3, "::1")


def test_every_setting_can_be_set_by_its_variable() -> None:
    values = {
        "home": "/h", "database_url": "postgresql://db/upweight", "broker_url": "amqp://mq", "slots": "4",
        "bind": "0.0.0.0", "port": "1", "rule_processes": "3", "cache": "/c",
        "public_url": "https://weights.example.org/", "catch_up_minutes": "5", "delivery_days": "90",
    }  # fmt: skip
    assert set(values) == set(settings.NAMES)
    found = read({f"UPWEIGHT_{name.upper()}": value for name, value in values.items()})
    told = {name: str(getattr(found, name)) for name in values}
    assert told == values
    assert found.url == "https://weights.example.org"  # what people are told, without the slash


def test_the_environment_of_the_process_is_read_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPWEIGHT_PORT", "9001")
    assert read().port == 9001


def test_an_empty_variable_is_as_good_as_none() -> None:
    empty = {f"UPWEIGHT_{name.upper()}": "" for name in settings.NAMES}
    assert read({**empty, "UPWEIGHT_PLAIN_SECRET": " , ", "UPWEIGHT_TEACHER_URL": ""}) == read({})


def test_paths_are_absolute_and_a_tilde_is_the_home_of_whoever_runs_it() -> None:
    found = read({"UPWEIGHT_HOME": "here", "UPWEIGHT_CACHE": "~/there"})
    assert (found.home, found.cache) == (Path.cwd() / "here", Path.home() / "there")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("SLOTS", "0"),
        ("SLOTS", "two"),
        ("SLOTS", "1000"),
        ("RULE_PROCESSES", "0"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^UPWEIGHT_{name}: Input should be .*"):
        read({f"UPWEIGHT_{name}": value})


def test_a_setting_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SettingsError, match="UPWEIGHT_PROT"):
        read({}, prot=1)


def test_settings_do_not_change_once_they_are_read() -> None:
    with pytest.raises(ValueError):
        read({}).port = 1  # type: ignore[misc]


def test_a_teacher_is_refused_at_the_start_and_not_by_every_batch() -> None:
    with pytest.raises(
        SettingsError, match=r"^UPWEIGHT_TEACHER_URL: .* asks no teacher yet; take the variable away"
    ):
        read({"UPWEIGHT_TEACHER_URL": "http://teacher:8000/v1", "UPWEIGHT_TEACHER_KEY": "hidden-key"})


def test_a_judge_has_an_address_a_model_and_its_key_in_a_file(tmp_path: Path) -> None:
    said = {"UPWEIGHT_JUDGE_URL": "https://judge.example.org/v1", "UPWEIGHT_JUDGE_MODEL": "wise"}
    found = read(said).judge
    assert found is not None
    assert (found.url, found.model, found.key_file) == ("https://judge.example.org/v1", "wise", None)
    kept = read({**said, "UPWEIGHT_JUDGE_KEY_FILE": "~/key"}).judge
    assert kept is not None
    assert kept.key_file == Path.home() / "key"
    assert read({}).judge is None


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"UPWEIGHT_JUDGE_URL": "https://judge.example.org/v1"}, "^UPWEIGHT_JUDGE_MODEL: "),
        ({"UPWEIGHT_JUDGE_URL": "judge:8000", "UPWEIGHT_JUDGE_MODEL": "m"}, "^UPWEIGHT_JUDGE_URL: "),
    ],
)
def test_half_a_judge_is_refused_by_the_name_of_what_lacks(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read(environ)


def test_several_secrets_are_valid_while_one_is_being_replaced(tmp_path: Path) -> None:
    found = read({"UPWEIGHT_PLAIN_SECRET": "new, old,", "UPWEIGHT_HOME": str(tmp_path)})
    assert found.secret_bytes() == [b"new", b"old"]
    assert not (tmp_path / "secrets").exists()
    assert "old" not in repr(found)


def test_no_process_that_we_start_inherits_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "UPWEIGHT_GITLAB_TOKEN": "glpat", "UPWEIGHT_GITHUB_WEBHOOK_SECRET": "new,old", "UPWEIGHT_PLAIN_SECRET": "plain",
        "UPWEIGHT_DATABASE_URL": "postgresql://u:word@db/upweight", "UPWEIGHT_BROKER_URL": "amqp://u:word@mq",
    }  # fmt: skip
    for name, value in {**secrets, "UPWEIGHT_CACHE": "/c"}.items():
        monkeypatch.setenv(name, value)
    found = read()
    settings.keep_from_children()
    told = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    assert not [name for name in secrets if name in told]
    assert "UPWEIGHT_CACHE=/c" in told
    assert found.forge("gitlab")["token"] == "glpat"  # what was read is known still


def test_without_a_given_secret_one_is_made_once_and_kept(tmp_path: Path) -> None:
    first = Settings(home=tmp_path).secret_bytes()
    assert first == Settings(home=tmp_path).secret_bytes()
    assert plain_secret(tmp_path).read_bytes().strip() == first[0]
    assert len(first[0]) >= 32


def test_nobody_else_can_read_a_secret(tmp_path: Path) -> None:
    file = plain_secret(tmp_path / "home")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_of_many_who_make_a_secret_at_once_all_get_the_same_and_nothing_is_left_over(tmp_path: Path) -> None:
    found: list[str] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        found.append(own_secret(tmp_path / "secrets" / "plain"))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 8
    assert [file.name for file in (tmp_path / "secrets").iterdir()] == ["plain"]


def test_the_page_of_settings_lists_each_variable_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    source = Path(settings.__file__).read_text()
    named = {name.upper() for name in settings.NAMES} | set(re.findall(r'PREFIX \+ "([A-Z_]+)"', source))
    listed = dict(re.findall(r"^\| `UPWEIGHT_([A-Z_]+)` \|.*\| (.+) \|$", page, re.M))
    assert set(listed) == named
    found = read({})
    assert listed["PORT"] == f"`{found.port}`"
    assert listed["BIND"] == f"`{found.bind}`"
    assert listed["BROKER_URL"] == f"`{found.broker_url}`"


def test_hosts_of_documents_are_listed_with_commas_and_none_is_a_word() -> None:
    assert read({}).document_hosts == ("github.com", "gitlab.com", "codeberg.org")
    assert read({}).document_private_hosts == ()
    given = {
        "UPWEIGHT_DOCUMENT_HOSTS": "GitHub.com, *.example.org",
        "UPWEIGHT_DOCUMENT_PRIVATE_HOSTS": "git.internal:8443",
        "UPWEIGHT_DOCUMENT_AUTHORITIES": "own.pem",
    }
    found = read(given)
    assert found.document_hosts == ("github.com", "*.example.org")
    assert found.document_private_hosts == ("git.internal:8443",)
    assert found.document_authorities == Path.cwd() / "own.pem"
    assert read({"UPWEIGHT_DOCUMENT_HOSTS": "none"}).document_hosts == ()


@pytest.mark.parametrize(
    "wrong", ["https://github.com", "github.com/harbour", "*", "*.", "git hub.com", "a,b:x"]
)
def test_what_is_no_host_is_refused_with_what_would_be_one(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"UPWEIGHT_DOCUMENT_HOSTS: .* is no host; write NAME"):
        read({"UPWEIGHT_DOCUMENT_HOSTS": wrong})
