"""The ledger has each statement of the document once, and the notes show what was seen."""

import re

import pytest
import yaml
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from pages import notes
from pages.claims import ROOT, claims, words

LEDGER = yaml.load((ROOT / "tests/claims/ledger.yml").read_text(encoding="utf-8"), yaml.BaseLoader)


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
        notes.line([f"{'long ' * 40}: `a`", "and: `b`", "and: `c`"])
        == f"{'long ' * 40} → `a`; and 2 more in the record"
    )


def test_the_ledger_has_each_statement_of_the_document_in_its_words():
    text = (ROOT / "tests/site/original.md").read_text(encoding="utf-8")
    html = BeautifulSoup(MarkdownIt().render(text), "html.parser")
    for element in html.select("h1, h2, h3, pre, strong"):
        element.decompose()
    document = re.sub(r"(?m)^\s*i+\.\s", "", html.get_text())
    assert words(" ".join(entry["document"] for entry in LEDGER)).replace("`", "") == words(document)


@pytest.mark.parametrize("entry", LEDGER, ids=lambda entry: entry["document"][:40])
def test_each_statement_has_a_verdict_and_leads_to_sentences_of_the_first_page(entry):
    assert entry["verdict"] in notes.VERDICTS, f"tests/claims/ledger.yml: write one of {notes.VERDICTS}"
    unknown = {*entry["claims"], entry.get("why", entry["claims"][0])} - claims("index").keys()
    assert not unknown, f"tests/claims/ledger.yml: docs/index.md has no mark {unknown}"
    assert ("why" in entry) == (entry["verdict"] != "true"), "tests/claims/ledger.yml: a changed statement has a why"
