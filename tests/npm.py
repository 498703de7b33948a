"""Packages of npm that are test material: fetched by ``npm pack`` once a session, never copied into the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


def packed(package: str, folder: Path) -> Path:
    """The unpacked files of NAME@VERSION; the test is skipped, with the reason, where npm or its registry is away."""
    if shutil.which("npm") is None:
        pytest.skip(f"npm is not installed, and {package} is test material")
    command = ["npm", "pack", package, "--silent", "--pack-destination", str(folder)]
    environment = {**os.environ, "npm_config_update_notifier": "false", "npm_config_fund": "false"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        pytest.skip(f"npm pack {package} failed: {said}")
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def material(request: pytest.FixtureRequest, package: str) -> Path:
    """The unpacked files of NAME@VERSION, kept in pytest's cache: npm takes a minute for some.

    Where they can't be had the test is skipped, with the reason; with UPWEIGHT_NPM=required, as in .ci/run, it fails.
    """
    kept = request.config.cache.mkdir("npm") / package.replace("/", "+")  # type: ignore[union-attr]
    if not kept.exists():
        with TemporaryDirectory(dir=kept.parent) as folder:
            try:
                files = packed(package, Path(folder))
            except pytest.skip.Exception as reason:
                if os.environ.get("UPWEIGHT_NPM") == "required":
                    pytest.fail(str(reason))
                raise
            with suppress(OSError):  # another worker was faster
                files.rename(kept)
    return kept
