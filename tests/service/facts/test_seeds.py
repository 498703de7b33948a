"""The index of seeds is kept over restarts, shared between processes, bounded, and made anew where it is broken."""

from __future__ import annotations

import ast
import os
import sqlite3
from pathlib import Path

import pygit2
import pytest

from service.facts import seeds as seeds_module
from service.facts import store
from service.facts.seeds import Broken, Seeds, beside, file_for, known_at
from tests.service.facts.bare import LAMPS, WHO, Before, Taxonomy, answers, leaf, wheres
from triage_rules import taxonomy as taxonomy_module
from triage_rules.index import Known
from triage_rules.taxonomy import Seed

PATHS = ("knowledge/a/qna.yaml", "knowledge/b/qna.yaml")


@pytest.fixture
def taxonomy(tmp_path: Path) -> Taxonomy:
    return Taxonomy(tmp_path)


def test_nothing_is_read_twice(taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count: list[str] = []
    read = taxonomy_module.read

    def counted(path: str, data: bytes) -> taxonomy_module.Reading:
        count.append(path)
        return read(path, data)

    monkeypatch.setattr(taxonomy_module, "read", counted)
    first = taxonomy.commit({f"knowledge/n{n}/qna.yaml": leaf(n % 6, (n + 1) % 6) for n in range(6)})
    files = {f"knowledge/n{n}/qna.yaml": leaf(n % 6, (n + 1) % 6) for n in range(6)}
    second = taxonomy.commit({**files, "knowledge/n0/qna.yaml": leaf(3)}, first)
    file = tmp_path / "seeds.db"
    for tip, times in ((first, 6), (second, 7), (first, 7), (second, 7)):
        seeds = Seeds(file=file)
        answers(seeds, taxonomy, tip)
        seeds.close()
        assert len(count) == times


# --- contributions --------------------------------------------------------------------------------------------


def test_who_reads_strangers_leaves_says_so_just_before(taxonomy: Taxonomy) -> None:
    tip = taxonomy.commit({})
    head = taxonomy.commit({PATHS[0]: leaf(0)}, tip)
    heard: list[tuple[int | None, str]] = []
    seeds = Seeds(lambda number, head: heard.append((number, head)))
    assert wheres(seeds, taxonomy, tip, [Before(4, head)]) == [(PATHS[0], 4, "ada")]
    assert wheres(seeds, taxonomy, tip, [Before(4, head)]) == [(PATHS[0], 4, "ada")]
    assert heard == [
        (4, head),
        (4, head),
    ]  # looked for where it left the branch, then read; nothing the second time


def test_what_main_takes_in_from_below_a_contribution_is_the_contributions_no_more(
    taxonomy: Taxonomy,
) -> None:
    tip = taxonomy.commit({})
    lower = taxonomy.commit({PATHS[0]: leaf(0)}, tip)
    head = taxonomy.commit({PATHS[0]: leaf(0), PATHS[1]: leaf(0)}, lower)
    seeds = Seeds()
    assert wheres(seeds, taxonomy, tip, [Before(2, head)]) == [(PATHS[0], 2, "ada"), (PATHS[1], 2, "ada")]
    assert wheres(seeds, taxonomy, lower, [Before(2, head)]) == [(PATHS[0], None, None), (PATHS[1], 2, "ada")]
    assert wheres(seeds, taxonomy, tip, [Before(2, head)]) == [(PATHS[0], 2, "ada"), (PATHS[1], 2, "ada")]


def test_a_former_tree_that_is_no_more_is_told_from_the_record(taxonomy: Taxonomy, tmp_path: Path) -> None:
    file = tmp_path / "seeds.db"
    first = taxonomy.commit({PATHS[0]: leaf(0), PATHS[1]: leaf(0)})
    answers(Seeds(file=file), taxonomy, first)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'tree'", ("12" * 20,))
    second = taxonomy.commit({PATHS[1]: leaf(0)})
    assert wheres(Seeds(file=file), taxonomy, second) == [(PATHS[1], None, None)]


def test_a_path_that_is_no_text_is_kept_as_it_is(taxonomy: Taxonomy) -> None:
    blob = taxonomy.git.create_blob(leaf(0))
    made = b"100644 qna\xff.yaml\0" + blob.raw
    below = taxonomy.git.odb.write(pygit2.enums.ObjectType.TREE, made)
    root = taxonomy.git.odb.write(pygit2.enums.ObjectType.TREE, b"40000 knowledge\0" + below.raw)
    tip = str(taxonomy.git.create_commit(None, WHO, WHO, "m", root, []))
    seeds = Seeds()
    with seeds.index(taxonomy.git, taxonomy.at(tip)) as index:
        (known,) = index.asked(LAMPS[0][0])
    assert known.where.encode("utf-8", "surrogateescape") == b"knowledge/qna\xff.yaml"


def test_half_a_character_is_kept_as_a_question_mark() -> None:
    assert store.text_of(Seed("a \ud800?", "b", None, 1, 0)) == store.Text("a ??", "b", None)


# --- the file ---------------------------------------------------------------------------------------------------


def test_a_reader_sees_one_moment_while_another_moves_the_index(taxonomy: Taxonomy, tmp_path: Path) -> None:
    file = tmp_path / "seeds.db"
    first, second = taxonomy.commit({PATHS[0]: leaf(0)}), taxonomy.commit({PATHS[1]: leaf(0)})
    one, other = Seeds(file=file), Seeds(file=file)
    with one.index(taxonomy.git, taxonomy.at(first)) as index:
        assert wheres(other, taxonomy, second) == [(PATHS[1], None, None)]
        assert [known.where for known in index.asked(LAMPS[0][0])] == [PATHS[0]]
    assert wheres(one, taxonomy, second) == [(PATHS[1], None, None)]


def test_who_is_stopped_in_the_middle_leaves_the_old_state_and_goes_on_from_there(
    taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds_module, "AT_ONCE", 2)
    file = tmp_path / "seeds.db"
    first = taxonomy.commit({PATHS[0]: leaf(0)})
    answers(Seeds(file=file), taxonomy, first)
    second = taxonomy.commit({f"knowledge/n{n}/qna.yaml": leaf(n, 0) for n in range(5)}, first)
    count: list[str] = []
    read = taxonomy_module.read

    def stopped(path: str, data: bytes) -> taxonomy_module.Reading:
        count.append(path)
        if len(count) == 4:
            raise KeyboardInterrupt
        return read(path, data)

    monkeypatch.setattr(taxonomy_module, "read", stopped)
    with pytest.raises(KeyboardInterrupt):
        answers(Seeds(file=file), taxonomy, second)
    assert wheres(Seeds(file=file), taxonomy, first) == [(PATHS[0], None, None)]
    assert answers(Seeds(file=file), taxonomy, second) == answers(Seeds(), taxonomy, second)
    assert len(count) == 4 + 3 + 5  # the first two were kept; the last five are those of the one made anew


@pytest.mark.parametrize("at", [0, 4096, 4096 * 3])
def test_a_broken_file_is_made_anew(taxonomy: Taxonomy, tmp_path: Path, at: int) -> None:
    file = tmp_path / "seeds.db"
    tip = taxonomy.commit({PATHS[0]: leaf(0, 1), PATHS[1]: leaf(2, 3)})
    good = answers(Seeds(file=file), taxonomy, tip)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as broken:
        broken.seek(at)
        broken.write(b"\xff" * 4096)
    seeds = Seeds(file=file)
    try:
        assert answers(seeds, taxonomy, tip) == good
    except Broken:  # seen only when a rule asked; whoever judges asks once more
        assert answers(seeds, taxonomy, tip) == good


def test_a_file_of_another_version_is_made_anew(taxonomy: Taxonomy, tmp_path: Path) -> None:
    file = tmp_path / "seeds.db"
    tip = taxonomy.commit({PATHS[0]: leaf(0)})
    answers(Seeds(file=file), taxonomy, tip)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE meta SET value = 'older' WHERE key = 'made_by'")
        connection.execute("DELETE FROM leaf")
    assert wheres(Seeds(file=file), taxonomy, tip) == [(PATHS[0], None, None)]


def test_a_file_that_is_taken_away_is_made_anew_by_who_has_it_open(
    taxonomy: Taxonomy, tmp_path: Path
) -> None:
    file = tmp_path / "seeds.db"
    tip = taxonomy.commit({PATHS[0]: leaf(0)})
    seeds = Seeds(file=file)
    answers(seeds, taxonomy, tip)
    store.remove(file)
    assert wheres(seeds, taxonomy, tip) == [(PATHS[0], None, None)]
    assert file.exists()


def test_what_nothing_places_any_more_is_collected(
    taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds_module, "GARBAGE", 3)
    file = tmp_path / "seeds.db"
    seeds = Seeds(file=file)
    for lamp in range(6):
        for other in range(3):
            tip = taxonomy.commit({PATHS[0]: leaf(lamp, other), PATHS[1]: leaf(5)})
            assert answers(seeds, taxonomy, tip) == answers(Seeds(), taxonomy, tip)
    with sqlite3.connect(file) as connection:
        (leaves,) = connection.execute("SELECT count(*) FROM leaf").fetchone()
        held = connection.execute("SELECT max(held) FROM word").fetchone()[0]
    assert leaves <= 8
    assert held <= 16


def test_the_index_beside_a_repository_is_kept(taxonomy: Taxonomy) -> None:
    tip = taxonomy.at(taxonomy.commit({PATHS[0]: leaf(0)}))
    assert [known.where for known in known_at(taxonomy.git, tip).asked(LAMPS[0][0])] == [PATHS[0]]
    file = Path(taxonomy.git.path) / "upweight" / "seeds.db"
    assert file.exists()
    assert file.parent.stat().st_mode & 0o077 == 0
    assert beside(taxonomy.git)._file == file


def test_two_repositories_have_two_files(tmp_path: Path) -> None:
    assert file_for(tmp_path, "/a.git") != file_for(tmp_path, "/b.git")


# --- bounds -----------------------------------------------------------------------------------------------------


def test_a_leaf_that_is_there_a_thousand_times_makes_a_short_answer(taxonomy: Taxonomy) -> None:
    tip = taxonomy.commit({f"knowledge/n{n}/qna.yaml": leaf(0) for n in range(1000)})
    with Seeds().index(taxonomy.git, taxonomy.at(tip)) as index:
        near, asked = list(index.near(*LAMPS[0])), list(index.asked(LAMPS[0][0]))
    assert len(near) == 64
    assert {each.share for each in near} == {1.0}
    assert len(asked) == 200


def test_the_same_context_is_found_among_a_thousand_others(taxonomy: Taxonomy) -> None:
    files = {f"knowledge/n{n}/qna.yaml": leaf(0, context=f"Text {n}") for n in range(1000)}
    tip = taxonomy.commit(files)
    with Seeds().index(taxonomy.git, taxonomy.at(tip)) as index:
        for n in (3, 500, 999):
            found = list(index.asked(LAMPS[0][0], f"Text {n}"))
            assert len(found) == 201
            assert Known(f"knowledge/n{n}/qna.yaml", *LAMPS[0], context=f"Text {n}") in found


def test_whatever_a_leaf_is_read_by_makes_the_file_anew() -> None:
    folder = Path(taxonomy_module.__file__).parent
    left, seen = ["taxonomy.py", "keys.py"], set[str]()
    while left:
        name = left.pop()
        seen.add(name)
        for node in ast.walk(ast.parse((folder / name).read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("triage_rules"):
                module = (node.module or "").removeprefix("triage_rules").removeprefix(".")
                names = [f"{module}.py"] if module else [f"{each.name}.py" for each in node.names]
                left += [each for each in names if each not in seen]
    assert set(store.READ_BY) == seen


def test_an_index_that_another_user_made_is_left_alone(
    taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = taxonomy.commit({PATHS[0]: leaf(0, 1)})
    known_at(taxonomy.git, taxonomy.at(tip))
    file = Path(taxonomy.git.path) / "upweight" / "seeds.db"
    before, access = file.stat().st_mtime_ns, os.access
    monkeypatch.setattr(os, "access", lambda path, how: Path(path) != file and access(path, how))
    again = taxonomy.commit({PATHS[0]: leaf(0, 1), PATHS[1]: leaf(2)}, tip)
    known = known_at(taxonomy.git, taxonomy.at(again))
    assert [each.where for each in known.asked(LAMPS[2][0])] == [PATHS[1]]
    assert file.stat().st_mtime_ns == before


def test_a_file_that_another_process_made_anew_meanwhile_stays(taxonomy: Taxonomy, tmp_path: Path) -> None:
    tip, file = taxonomy.at(taxonomy.commit({PATHS[0]: leaf(0, 1)})), tmp_path / "seeds.db"
    mine, other = Seeds(file=file), Seeds(file=file)
    error = sqlite3.DatabaseError("malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    looked = mine.index(taxonomy.git, tip)
    looked.__enter__()
    store.remove(file)
    other.standing(taxonomy.git, tip)
    there = file.stat().st_ino
    with pytest.raises(Broken):
        looked.__exit__(type(error), error, None)
    assert file.stat().st_ino == there
