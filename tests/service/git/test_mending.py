"""A file is written whole or not at all, and only where it was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.git.mending import NotWritten, write
from triage_rules.mending import Mended


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one file."""
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "qna.yml").write_text("a  \n")
    return tmp_path


def mended(
    path: str = "knowledge/qna.yml", new: str = "knowledge/qna.yaml", before: bytes = b"a  \n"
) -> Mended:
    return Mended(path, before, b"a\n", new, ("x",))


def files(root: Path) -> dict[str, str]:
    return {each.relative_to(root).as_posix(): each.read_text() for each in root.rglob("*") if each.is_file()}


def test_bytes_and_name_are_written(root: Path) -> None:
    write(root, mended())
    assert files(root) == {"knowledge/qna.yaml": "a\n"}


@pytest.mark.parametrize(
    "wrong",
    [
        mended(before=b"b\n"),
        mended(new="qna.yaml"),
        mended(new="knowledge/../qna.yaml"),
        mended("knowledge/../knowledge/qna.yml"),
        mended("knowledge", "knowledge"),
        mended("../qna.yml", "../qna.yaml"),
        mended("/etc/hosts", "/etc/hosts"),
    ],
)
def test_what_changed_or_lies_elsewhere_is_left(root: Path, wrong: Mended) -> None:
    with pytest.raises(NotWritten):
        write(root, wrong)
    assert files(root) == {"knowledge/qna.yml": "a  \n"}


def test_no_file_is_written_over(root: Path) -> None:
    (root / "knowledge" / "qna.yaml").write_text("mine\n")
    with pytest.raises(NotWritten, match="is there already"):
        write(root, mended())
    (root / "knowledge" / "qna.yaml").unlink()
    (root / "knowledge" / "qna.yaml").symlink_to(root / "nowhere")
    with pytest.raises(NotWritten):
        write(root, mended())
    assert files(root) == {"knowledge/qna.yml": "a  \n"}
