"""``upweight init gitlab``: the hook, its secret, the token's rights; twice changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.settings import read
from tests.service.setup.small import Small

AT = "/api/v4/projects/harbour%2Ftaxonomy"
DOOR = "https://up.example/webhooks/gitlab"
TOKEN = "glpat-not-a-real-one"
EVENTS = ("merge_requests_events", "note_events", "push_events", "emoji_events")


def well(small: Small, *hooks: dict[str, Any]) -> None:
    """A project that the token may set up."""
    small.answers |= {
        f"GET {AT}": (200, {"id": 5, "path_with_namespace": "harbour/taxonomy"}),
        "GET /api/v4/user": (200, {"id": 9, "username": "bot"}),
        f"GET {AT}/members/all/9": (200, {"id": 9, "access_level": 40}),
        "GET /api/v4/personal_access_tokens/self": (200, {"scopes": ["api"], "expires_at": "2027-01-01"}),
        f"GET {AT}/hooks": (200, list(hooks)),
        f"POST {AT}/hooks": (201, {"id": 3}),
        f"PUT {AT}/hooks/3": (200, {"id": 3}),
    }


def signing(small: Small) -> None:
    """A GitLab that signs deliveries (18.11 and later)."""
    for what in (f"POST {AT}/hooks", f"PUT {AT}/hooks/3"):
        small.answers[what] = (200, {"id": 3, "signing_token_present": True})


def ours(**other: Any) -> dict[str, Any]:
    return {
        "id": 3,
        "url": DOOR,
        "enable_ssl_verification": True,
        **dict.fromkeys(EVENTS, True),
        **other,
    }


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch, small: Small) -> str:
    monkeypatch.setenv("UPWEIGHT_GITLAB_TOKEN", TOKEN)
    return TOKEN


def init(small: Small, home: Path, *more: str) -> Result:
    asked = ["init", "gitlab", "--home", str(home), "--url", small.url, "--project", "harbour/taxonomy"]
    return CliRunner().invoke(app, [*asked, "--public-url", "https://up.example", *more])


def sent(small: Small, method: str) -> list[dict[str, Any]]:
    return [body for what, _, body in small.asked if what.startswith(method)]


def test_the_hook_is_made_with_a_secret_that_is_stored_and_not_shown(
    small: Small, token: str, tmp_path: Path
) -> None:
    well(small)
    done = init(small, tmp_path, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["data"]["projects"] == {"harbour/taxonomy": "made"}
    (body,), (after,) = sent(small, "POST"), sent(small, "PUT")
    assert body["url"] == DOOR
    assert all(body[key] is True for key in (*EVENTS, "enable_ssl_verification"))
    file = tmp_path / "secrets" / "gitlab.json"
    assert file.stat().st_mode & 0o777 == 0o600
    told = read({}, home=tmp_path).forge("gitlab")
    assert set(told) == {"url", "hook_key"}  # the token stays in the environment
    (secret,) = read({}, home=tmp_path).own_secrets("gitlab", "5")
    assert after["token"].encode() == secret  # this GitLab passed the signing key over
    assert body["signing_token"] == after["token"]
    assert not any(word in done.output for word in (after["token"], told["hook_key"]))
    assert TOKEN not in done.output


def test_where_gitlab_signs_deliveries_the_secret_never_travels_with_them(
    small: Small, token: str, tmp_path: Path
) -> None:
    well(small)
    signing(small)
    assert init(small, tmp_path).exit_code == 0
    (body,) = sent(small, "POST")
    assert (body["token"], sent(small, "PUT")) == ("", [])
    assert [body["signing_token"].encode()] == read({}, home=tmp_path).own_secrets("gitlab", "5")


def test_each_project_has_a_secret_of_its_own(small: Small, token: str, tmp_path: Path) -> None:
    well(small)
    signing(small)
    other = AT.replace("taxonomy", "lamps")
    small.answers |= {
        f"GET {other}": (200, {"id": 6, "path_with_namespace": "harbour/lamps"}),
        f"GET {other}/members/all/9": (200, {"id": 9, "access_level": 40}),
        f"GET {other}/hooks": (200, []),
        f"POST {other}/hooks": (201, {"id": 4, "signing_token_present": True}),
    }
    assert init(small, tmp_path, "--project", "harbour/lamps").exit_code == 0
    made = [body["signing_token"].encode() for body in sent(small, "POST")]
    chosen = read({}, home=tmp_path)
    assert made == chosen.own_secrets("gitlab", "5") + chosen.own_secrets("gitlab", "6")
    assert len({*made}) == 2
    assert chosen.door_secrets("gitlab") == []  # none is good for both


def test_the_secret_that_all_projects_shared_is_let_go_of(small: Small, token: str, tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "gitlab.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"url": small.url, "webhook_secret": "of-all"}))
    well(small, ours())
    signing(small)
    done = init(small, tmp_path)
    assert (done.exit_code, "name each of the others" in done.stderr) == (0, True)
    assert sent(small, "PUT")[0]["signing_token"].startswith("whsec_")
    assert read({}, home=tmp_path).door_secrets("gitlab") == []


def test_a_hook_that_gitlab_disabled_is_not_as_it_should_be(small: Small, token: str, tmp_path: Path) -> None:
    well(small)
    assert init(small, tmp_path).exit_code == 0
    well(small, ours(alert_status="temporarily_disabled"))
    assert "mended" in init(small, tmp_path).stdout


def test_a_second_time_changes_nothing(small: Small, token: str, tmp_path: Path) -> None:
    well(small)
    assert init(small, tmp_path).exit_code == 0
    file = tmp_path / "secrets" / "gitlab.json"
    before, stamp = file.read_bytes(), file.stat().st_mtime_ns
    small.asked.clear()
    well(small, ours())
    done = init(small, tmp_path)
    assert done.exit_code == 0
    assert "as it should be" in done.stdout
    assert not sent(small, "POST")
    assert not sent(small, "PUT")
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (before, stamp)


def test_a_hook_that_somebody_changed_is_mended_and_keeps_its_secret(
    small: Small, token: str, tmp_path: Path
) -> None:
    well(small)
    assert init(small, tmp_path).exit_code == 0
    well(small, {"id": 2, "url": "https://other.example"}, ours(note_events=False))
    small.asked.clear()
    assert init(small, tmp_path).exit_code == 0
    (body,) = sent(small, "PUT")
    assert body["note_events"] is True
    assert not {"token", "signing_token"} & set(body)


def test_a_new_secret_leaves_the_one_before_good(small: Small, token: str, tmp_path: Path) -> None:
    well(small)
    assert init(small, tmp_path).exit_code == 0
    (first,) = read({}, home=tmp_path).own_secrets("gitlab", "5")
    well(small, ours())
    small.asked.clear()
    assert init(small, tmp_path, "--again").exit_code == 0
    second = sent(small, "PUT")[0]["signing_token"].encode()
    assert read({}, home=tmp_path).own_secrets("gitlab", "5") == [second, first]


def test_where_gitlab_refuses_the_hook_what_was_stored_stays(
    small: Small, token: str, tmp_path: Path
) -> None:
    well(small)
    small.answers[f"POST {AT}/hooks"] = (422, {"error": f"no {TOKEN}"})
    done = init(small, tmp_path)
    assert done.exit_code == 1
    assert "422" in done.stderr
    assert TOKEN not in done.output
    assert not (tmp_path / "secrets" / "gitlab.json").exists()
    well(small)
    assert init(small, tmp_path).exit_code == 0
    before = (tmp_path / "secrets" / "gitlab.json").read_bytes()
    well(small, ours())
    small.answers[f"PUT {AT}/hooks/3"] = (403, {"message": "403 Forbidden"})
    assert init(small, tmp_path, "--again").exit_code == 1
    assert (tmp_path / "secrets" / "gitlab.json").read_bytes() == before


@pytest.mark.parametrize(
    ("what", "answer", "says"),
    [
        ("GET /api/v4/user", (401, {"message": "401 Unauthorized"}), "does not know this token"),
        (f"GET {AT}", (404, {"message": "404 Project Not Found"}), "shows this token nothing"),
        (f"GET {AT}/members/all/9", (200, {"id": 9, "access_level": 30}), "needs Maintainer"),
        (f"GET {AT}/members/all/9", (404, {"message": "404"}), "needs Maintainer"),
        ("GET /api/v4/personal_access_tokens/self", (200, {"scopes": ["read_api"]}), "needs `api`"),
    ],
)
def test_what_the_token_lacks_is_said_before_anything_is_changed(
    small: Small, token: str, tmp_path: Path, what: str, answer: tuple[int, Any], says: str
) -> None:
    well(small)
    small.answers[what] = answer
    done = init(small, tmp_path)
    assert done.exit_code == 1
    assert says in done.stderr
    assert TOKEN not in done.output
    assert not sent(small, "POST")
    assert not (tmp_path / "secrets").exists()


def test_an_older_gitlab_that_tells_no_scopes_is_set_up_all_the_same(
    small: Small, token: str, tmp_path: Path
) -> None:
    well(small)
    small.answers["GET /api/v4/personal_access_tokens/self"] = (404, {"message": "404 Not Found"})
    assert init(small, tmp_path).exit_code == 0


def test_an_operators_own_secret_goes_into_the_hook_and_is_not_stored(
    small: Small, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPWEIGHT_GITLAB_WEBHOOK_SECRET", "one-of-theirs,older")
    well(small)
    assert init(small, tmp_path).exit_code == 0
    assert sent(small, "POST")[0]["token"] == "one-of-theirs"
    assert not {"webhook_secret", "hook_key"} & set(read({}, home=tmp_path).forge("gitlab"))
    monkeypatch.setenv("UPWEIGHT_GITLAB_WEBHOOK_SECRET", "whsec_" + "b" * 43 + "=")
    small.asked.clear()
    signing(small)
    assert init(small, tmp_path).exit_code == 0
    assert (sent(small, "POST")[0]["token"], len(sent(small, "PUT"))) == ("", 0)


def test_without_a_token_or_with_a_wrong_name_it_says_what_to_do(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = init(small, tmp_path)
    assert (done.exit_code, "UPWEIGHT_GITLAB_TOKEN" in done.stderr) == (3, True)
    monkeypatch.setenv("UPWEIGHT_GITLAB_TOKEN", TOKEN)
    assert init(small, tmp_path, "--project", "../etc").exit_code == 2
    monkeypatch.setenv("UPWEIGHT_GITLAB_TOKEN", "two words")
    assert init(small, tmp_path).exit_code == 2
    assert not small.asked
