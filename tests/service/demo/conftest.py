"""What the tests of stories share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.demo.story import OWN


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's story, to be broken."""
    return Path(shutil.copytree(OWN, tmp_path / "story"))
