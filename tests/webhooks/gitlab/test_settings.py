"""What an operator says of a GitLab is checked, and its token is told to nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from webhooks.gitlab.forge import opened
from webhooks.gitlab.settings import read
from webhooks.known import Where

TOKEN = "glpat-secret-of-ours"


def test_gitlab_com_is_meant_where_nothing_else_is_said() -> None:
    it = read({"token": TOKEN})
    assert (it.url, it.api, it.git_url("a/b/c")) == ("https://gitlab.com",) * 2 + (
        "https://gitlab.com/a/b/c.git",
    )


@pytest.mark.parametrize("api", ["http://127.0.0.1:9/git/api/v4/", "http://127.0.0.1:9/git"])
def test_the_api_alone_says_where_everything_is(api: str) -> None:
    it = read({"token": TOKEN, "api": api})
    assert (it.url, it.api, it.git) == ("http://127.0.0.1:9/git",) * 2 + (
        "http://127.0.0.1:9/git/{path}.git",
    )


def test_a_template_has_the_path_or_its_parts_and_may_be_a_folder() -> None:
    it = read({"token": TOKEN, "git": "file:///srv/{owner}/{name}"})
    assert it.git_url("school/deep/taxonomy") == "file:///srv/school/deep/taxonomy"


@pytest.mark.parametrize(
    ("variable", "settings"),
    [
        ("UPWEIGHT_GITLAB_TOKEN", {}),
        ("UPWEIGHT_GITLAB_TOKEN", {"token": "a b"}),
        ("UPWEIGHT_GITLAB_TOKEN", {"token": "a\nX-Header: b"}),
        ("UPWEIGHT_GITLAB_URL", {"token": TOKEN, "url": "gitlab.example"}),
        ("UPWEIGHT_GITLAB_URL", {"token": TOKEN, "url": f"https://oauth2:{TOKEN}@gitlab.example"}),
        ("UPWEIGHT_GITLAB_API", {"token": TOKEN, "api": "ftp://gitlab.example"}),
        ("UPWEIGHT_GITLAB_GIT", {"token": TOKEN, "git": "https://gitlab.example/fixed.git"}),
        ("UPWEIGHT_GITLAB_GIT", {"token": TOKEN, "git": "https://gitlab.example/{path}/{user}.git"}),
        ("UPWEIGHT_GITLAB_GIT", {"token": TOKEN, "git": "ext::sh -c {path}"}),
        ("UPWEIGHT_GITLAB_GIT", {"token": TOKEN, "git": f"https://x:{TOKEN}@gitlab.example/{{path}}.git"}),
        ("UPWEIGHT_GITLAB_AUTHORITIES", {"token": TOKEN, "authorities": "/nowhere/at/all.pem"}),
        ("UPWEIGHT_GITLAB_TIMEOUT", {"token": TOKEN, "timeout": "soon"}),
        ("UPWEIGHT_GITLAB_TIMEOUT", {"token": TOKEN, "timeout": "nan"}),
        ("UPWEIGHT_GITLAB_WEBHOOK_SECRET", {"token": TOKEN, "webhook_secret": "fine,whsec_"}),
        ("UPWEIGHT_GITLAB_WEBHOOK_SECRET", {"token": TOKEN, "webhook_secret": "whsec_not base64, at all"}),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_variable_and_tells_no_token(
    variable: str, settings: dict[str, str]
) -> None:
    with pytest.raises(ValueError) as refused:
        read(settings)
    assert str(refused.value).startswith(f"{variable}: ")
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["", "alone", "../../etc", "a/..", "a/b/./c", "a//b", "a/b?x=1", "a/b c", "/a/b", "a/b\n"]
)
def test_what_is_no_project_opens_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no project of GitLab"):
        opened(Where(name, tmp_path / "x.git", {"token": TOKEN}))


def test_no_representation_tells_the_token(tmp_path: Path) -> None:
    where = Where("a/b", tmp_path / "x.git", {"token": TOKEN})
    forge = opened(where)
    for it in (where, forge, forge.client, forge.settings, forge.settings.__rich_repr__()):
        assert TOKEN not in repr(it) + str(it)


def test_a_folder_needs_no_login_and_a_host_gets_the_token(tmp_path: Path) -> None:
    there = opened(Where("a/b", tmp_path / "x.git", {"token": TOKEN}))
    here = opened(Where("a/b", tmp_path / "x.git", {"token": TOKEN, "git": "file:///srv/{path}.git"}))
    assert (there.git_login(), here.git_login()) == (("oauth2", TOKEN), None)
    assert (there.git_url(), here.git_url()) == ("https://gitlab.com/a/b.git", "file:///srv/a/b.git")
    assert there.heads() == "+refs/merge-requests/*/head:refs/pull/*/head"
