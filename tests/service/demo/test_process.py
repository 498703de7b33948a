"""The processes that a play starts."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from service.demo.process import Base, StoryEnds
from service.settings import at_home


@pytest.mark.slow
def test_a_base_that_cannot_be_had_ends_the_story_with_its_reason(tmp_path: Path) -> None:
    home, model = tmp_path / "home", tmp_path / "model"
    home.mkdir()
    model.mkdir()
    told: list[str] = []
    base = Base(str(model), home)
    with pytest.raises(StoryEnds, match="could not be made ready"):
        base.wait(told.append, patience=0.2)
    assert set(told) == {"     ... still at the base model"}


def test_a_base_that_nobody_waits_for_any_more_is_not_made(tmp_path: Path) -> None:
    base = Base("smollm2", tmp_path)
    base.stop()
    assert base.child.returncode == -signal.SIGKILL


def test_no_setting_of_whoever_plays_leads_the_service_out_of_the_plays_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (
        "DATABASE_URL",
        "BROKER_URL",
        "PUBLIC_URL",
        "PLAIN_SECRET",
        "TEACHER_URL",
        "HOME",
        "BIND",
        "PORT",
        "DOCUMENT_HOSTS",
        "DOCUMENT_PRIVATE_HOSTS",
    ):
        monkeypatch.setenv(f"UPWEIGHT_{name}", "elsewhere")
    monkeypatch.setenv("UPWEIGHT_CACHE", "/models")
    found = at_home()
    assert {name: value for name, value in found.items() if name.startswith("UPWEIGHT_")} == {
        "UPWEIGHT_CACHE": "/models",
        "UPWEIGHT_DOCUMENT_HOSTS": "none",
    }
    assert found["PATH"]
