"""A note says in a line what was seen, and a ledger that is wrong is named with its line."""

import pytest

from pages import notes


def test_what_versions_saw_is_said_once_where_it_is_the_same():
    runs = [("1", ["a: `b`"]), ("2", ["a: `b`"]), ("3", ["a: `c`"]), ("4", [])]
    seen = [{"versions": {"Django": name}, "seen": {"page": {"mark": lines}}} for name, lines in runs]
    assert notes.note(seen[:2], "page", "mark") == "A → `b`."
    assert notes.note([seen[0], {**seen[1], "seen": {"page": {"other": []}}}], "page", "mark") == (
        "A → `b` (Django 1)."
    )
    assert notes.note(seen, "page", "mark") == "A → `c` (on Django 1, 2 otherwise)."
    assert "not recorded" in notes.note(seen[3:], "page", "mark") and "not recorded" in notes.note(seen, "page", "new")


def test_a_note_is_a_line():
    assert notes.line(["run: `a b`", "again: `c`"]) == "run → `a b`; again → `c`"
    assert notes.line([f"run: `{'word ' * 20}end`"]) == f"run → `{'word ' * 12}…`"
    assert (
        notes.line([f"{'long ' * 48}: `a`", "and: `b`", "and: `c`"])
        == f"{'long ' * 48} → `a`; and 2 more in the record"
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("claims: [a]\n  why: b", ":2: why is b, which is none of its claims"),
        ("claims: [c]\n  why: c", ":2: docs/index.md has no mark [^c]"),
        ("claims: [a]", ":2: a statement has a why if"),
        ("claims: [a]\n  wy: a", ":2: an entry has document, verdict, claims"),
        ("claims: [a\n  why: a", ":5: this is not YAML"),
    ],
)
def test_an_entry_of_the_ledger_that_is_wrong_is_named(changed, message):
    text = f"# The ledger\n- document: It is.\n  verdict: not true as written\n  {changed}\n"
    with pytest.raises(SystemExit) as said:
        notes.entries(text, {"a": None, "b": None})
    assert message in str(said.value)
