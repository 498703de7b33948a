"""Every kind of mistake that a policy can hold is refused at its own line, with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.policy import FILE, PolicyError, from_bytes, from_toml, read_file
from triage_rules.tables import MOST_BYTES, MOST_FAULTS

MISTAKES = {
    "a section": ("[batch]\n[rule.lint]\n", 2, "`rule` is not known.", "Did you mean `rules`?"),
    "a section by a dotted key": (
        "\nbacth.at_least = 3\n",
        2,
        "`bacth` is not known.",
        "Did you mean `batch`?",
    ),
    "a rule": (
        "[rules]\n# one\n[rules.too-few-seed]\nat_least = 3\n",
        3,
        "There is no rule `too-few-seed`.",
        "Did you mean `too-few-seeds`?",
    ),
    "a rule by a dotted key": (
        "[rules]\n\ntoo-few-sead.at_least = 3\n",
        3,
        "There is no rule `too-few-sead`.",
        "Did you mean `too-few-seeds`?",
    ),
    "a rule in an inline table": (
        "rules = { lint = { weight = 'note' }, lintt = {} }\n",
        1,
        "There is no rule `lintt`.",
        "Did you mean `lint`?",
    ),
    "a rule in quotes": ('[rules."too-few-seed\\u0073x"]\n', 1, "There is no rule `too-few-seedsx`.", None),
    "a key": (
        "[rules.lint]\nweight = 'note'\nwarning = true\n",
        3,
        "`rules.lint.warning` is not known.",
        "Did you mean `warnings`?",
    ),
    "a key by a dotted key": (
        "[rules]\nlint.weight = 'note'\nlint.warning = true\n",
        3,
        "`rules.lint.warning` is not known.",
        "Did you mean `warnings`?",
    ),
    "a key of another rule": (
        "[rules.too-few-seeds]\nwarnings = true\n",
        2,
        "`rules.too-few-seeds.warnings` is not known.",
        "Known are: at_least, in_doubt, paths, weight.",
    ),
    "a key behind a list that says the same": (
        '[rules.closed-tree]\nclosed = [\n  "weigth = 3", # weigth = 4\n]\nweigth = "note"\n',
        5,
        "`rules.closed-tree.weigth` is not known.",
        "Did you mean `weight`?",
    ),
    "a key behind a long text that says the same": (
        '[rules.lint]\nconfig = """\nextends: default\n# \\"""\n#[rules.secret]\n#waight = 1\n"""\nwaight = "note"\n',
        8,
        "`rules.lint.waight` is not known.",
        "Did you mean `weight`?",
    ),
    "a key in a table in a list": (
        '[[rules.closed-topic.topics]]\nname = "chess"\n\n[[rules.closed-topic.topics]]\nname = "go"\nkeyword = []\n',
        6,
        "`rules.closed-topic.topics[1].keyword` is not known.",
        "Did you mean `keywords`?",
    ),
    "a key in an inline table in a list": (
        '[rules.closed-topic]\ntopics = [\n  { name = "chess" },\n  { name = "go", keyword = [] },\n]\n',
        4,
        "`rules.closed-topic.topics[1].keyword` is not known.",
        "Did you mean `keywords`?",
    ),
    "a text for a number": (
        '[rules.too-few-seeds]\n\nat_least = "7"\n',
        3,
        "`rules.too-few-seeds.at_least`: a whole number is needed.",
        "Change the value.",
    ),
    "a truth for a number": ("[rules.too-few-seeds]\nat_least = true\n", 2, None, "Change the value."),
    "a share for a number": ("[rules.too-few-seeds]\nat_least = 7.5\n", 2, None, "Change the value."),
    "a number below the least": (
        "[rules.too-few-seeds]\nat_least = -3\n",
        2,
        "`rules.too-few-seeds.at_least`: it must be 0 or more.",
        "Change the value.",
    ),
    "a share of more than the whole": (
        "[rules.not-in-document]\nfound = 7.5\n",
        2,
        "`rules.not-in-document.found`: it must be 1 or less.",
        "Change the value.",
    ),
    "a text for a table": (
        "[rules.closed-topic]\ntopics = ['chess']\n",
        2,
        "`rules.closed-topic.topics[0]`: a table is needed.",
        "Change the value.",
    ),
    "a number for a text": ("[labels]\nskill = 1\n", 2, None, "Change the value."),
    "a text for a list": ("[rules.closed-tree]\nclosed = 'a'\n", 2, None, "Change the value."),
    "a date": (
        "[rules.lint]\nconfig = 2024-05-01 10:00:00Z\n",
        2,
        "`rules.lint.config`: no setting takes this.",
        "Change the value.",
    ),
    "a number without end": (
        "[rules.near-duplicate]\nsame = 0.9\nalike = nan\n",
        3,
        "`rules.near-duplicate.alike`: no setting takes this.",
        "Change the value.",
    ),
    "a wrong value in a list": (
        "[rules.lint]\npaths = [\n  'knowledge/*',\n\n  7, # here\n]\n",
        5,
        "`rules.lint.paths[1]`: a text in quotes is needed.",
        "Change the value.",
    ),
    "a wrong value in a list of a section": (
        '[measure]\nsuites = [\n  "safety",\n  "safty",\n]\n',
        4,
        None,
        "Change the value.",
    ),
    "a wrong value in a table in a list": (
        '[rules.closed-topic]\ntopics = [\n  { name = "a" },\n  { name = "b",\n    share = "half" } ]\n'.replace(
            ",\n    share", ", share"
        ),
        4,
        "`rules.closed-topic.topics[1].share`: a number is needed.",
        "Change the value.",
    ),
    "a weight": (
        "[rules.lint]\nweight = 'heavy'\n",
        2,
        "`rules.lint.weight`: a weight is one of note, doubt, fix, stop, close.",
        "Change the value.",
    ),
    "a rule that is no table": (
        "[rules]\nlint = 'off'\n",
        2,
        "`rules.lint` is no table.",
        "Write `[rules.lint]`.",
    ),
    "a rule that is many tables": ("\n[[rules.lint]]\n", 2, "`rules.lint` is no table.", None),
    "rules that are no table": ("\nrules = 3\n", 2, "`rules` is no table.", None),
    "labels that are no table": ("[batch]\n[[labels]]\n", 2, "`labels` is no table.", None),
    "a key that is given twice": (
        "[rules.lint]\nweight = 'off'\nweight = [\n'a',\n]\n",
        3,
        "`rules.lint.weight` is given twice.",
        "Keep one of the two.",
    ),
    "a key in both spellings": (
        "[labels]\nlegal-hold = 'a'\nlegal_hold = 'b'\n",
        3,
        "`labels.legal_hold` is given twice, with `-` and with `_`.",
        "Keep one of the two.",
    ),
    "a table that is given twice": (
        "[rules.lint]\n[rules.secret]\n[rules.lint]\n",
        3,
        "`rules.lint` is given twice.",
        "Keep one of the two.",
    ),
    "a table that is a value already": (
        "[rules]\nlint = {}\n[rules.lint]\n",
        3,
        None,
        "Keep one of the two.",
    ),
    "a line without a value": (
        "[batch]\nat_least =\n",
        2,
        "Not TOML: Invalid value, column 11.",
        "Mend the line.",
    ),
    "a line that is no key": ("[batch]\n\nat least = 3\n", 3, None, "Mend the line."),
    "a header that is not closed": ("[batch]\nat_least = 3\n[rules.lint\n", 3, None, "Mend the line."),
    "a text that is not closed": ("[labels]\nskill = 'a\nci = 'b'\n", 2, None, "Mend the line."),
    "a long text that is not closed": (
        '[labels]\nskill = """a\nb\nc\n',
        2,
        "Not TOML: Unterminated string.",
        None,
    ),
    "a list that is not closed": (
        "[rules.lint]\npaths = [\n'a',\n'b',\n# end\n",
        2,
        "Not TOML: Invalid value.",
        None,
    ),
    "a number of too many digits": (
        f"[batch]\nat_least = {'9' * 5000}\n",
        2,
        "Not TOML: Exceeds the limit",
        None,
    ),
    "brackets without end": ("[batch]\nevery = 1\nat_least = " + "[" * 20_000, 3, None, None),
    "tables in tables without end": ("[batch]\nat_least = " + "{a=" * 20_000, 2, None, None),
    "a name without end": ("[batch]\n" + "a." * 100_000 + "b = 1\n", 2, None, "Name one key of one table."),
    "lines of Windows": ("[batch]\r\n\r\nat_leest = 3\r\n", 3, None, "Did you mean `at_least`?"),
    "characters that end lines elsewhere": (
        "[batch] # \x85\u2028\nat_leest = 3\n",
        2,
        None,
        "Did you mean `at_least`?",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_at_its_own_line(name: str) -> None:
    text, line, message, remedy = MISTAKES[name]
    with pytest.raises(PolicyError) as refused:
        from_toml(text, "p.toml")
    error = refused.value
    assert (error.path, error.line) == ("p.toml", line), error
    assert message is None or error.message.startswith(message.rstrip(".")), error.message
    assert remedy is None or error.remedy == remedy
    assert error.remedy


ALL_AT_ONCE = """[bacth]
at_least = 3

[rules.too-few-seeds]
at_lest = 7
weight = 'heavy'

[rules.lintt]
[rules.near-duplicate]
alike = nan
same = 7
[labels]
skil = 'a'
ci = 3
[batch]
at_most = 0
every = 'week'
[stale]
close_after_days = 3
"""
BROKEN = """[batch]
at least = 3
[rules.lint]
waight = 'note'
[labels
skil = 1
[gate]
looks = 3
"""
UNCLOSED = """[rules.lint]
waight = 1
[rules.secret]
paths = [
  'a',
weight = 'off'
[batch]
at_leest = 1
"""


def told(text: str) -> list[tuple[int, str]]:
    """The line and the remedy of each mistake."""
    with pytest.raises(PolicyError) as refused:
        from_toml(text, "p.toml")
    return [(each.line, each.remedy) for each in refused.value.all]


def test_every_mistake_is_told_as_it_stands_in_the_file() -> None:
    change = "Change the value."
    assert told(ALL_AT_ONCE) == [
        (1, "Did you mean `batch`?"), (5, "Did you mean `at_least`?"), (6, change), (8, "Did you mean `lint`?"),
        (10, change), (11, change), (13, "Did you mean `skill`?"), (14, change), (16, change), (17, change),
        (19, "Let `remind_after_days` be less than `close_after_days`, and not 0; or never close, with 0."),
    ]  # fmt: skip


def test_behind_a_line_that_is_no_toml_the_rest_is_read_on() -> None:
    assert [line for line, _ in told(BROKEN)] == [2, 4, 5, 8]
    assert told(BROKEN)[3][1] == "Change the value."


def test_a_bracket_that_is_never_closed_is_told_where_it_opens_and_nothing_is_guessed_of_the_rest() -> None:
    assert told(UNCLOSED) == [(2, "Did you mean `weight`?"), (4, "Close it.")]


def test_a_file_of_nothing_but_faults_ends_soon() -> None:
    assert len(told("a b\n\n" * 5000)) == MOST_FAULTS


def test_bytes_that_are_no_text_and_files_too_large_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"p\.toml:3: It is not UTF-8\.") as refused:
        from_bytes(b"[labels]\n\nskill = '\xe9'\n", "p.toml")
    assert refused.value.remedy == "Save the file as UTF-8."
    with pytest.raises(PolicyError, match="larger than 256 KB"):
        from_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(PolicyError, match="larger than 256 KB"):
        from_toml("#" * (MOST_BYTES + 1))


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert from_bytes(b"\xef\xbb\xbf[batch]\nat_least = 5\n").batch.at_least == 5
    assert from_toml("\ufeff[batch]\nat_least = 5\n").batch.at_least == 5
    with pytest.raises(PolicyError) as refused:
        from_toml("\ufeff[batch]\n\nat_leest = 5\n")
    assert refused.value.line == 3


def test_only_so_much_of_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    with file.open("wb") as opened:
        opened.truncate(1 << 33)  # eight gigabytes of nothing
    with pytest.raises(PolicyError, match="larger than"):
        read_file(file)


def test_a_folder_or_nothing_in_its_place_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        read_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "nowhere.toml")


def test_a_dash_may_stand_for_the_line_below_in_every_table() -> None:
    text = "[batch]\nat-least = 3\n[rules.too-few-seeds]\nat-least = 6\n[labels]\nlegal-hold = 'x'\n"
    policy = from_toml(text)
    assert policy == from_toml(text.replace("at-least", "at_least").replace("legal-hold", "legal_hold"))
    assert policy.judging.rules["too-few-seeds"].model_dump()["at_least"] == 6
    with pytest.raises(PolicyError, match=r"at least 3 and at most 2") as refused:
        from_toml("[batch]\nat-least = 3\nat-most = 2\n")
    assert refused.value.line == 3


def test_no_mistake_is_told_in_a_library_s_words() -> None:
    for text, *_ in MISTAKES.values():
        with pytest.raises(PolicyError) as refused:
            from_toml(text, "p.toml")
        assert "nput should" not in refused.value.message
        assert "Field required" not in refused.value.message
