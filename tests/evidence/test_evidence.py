"""evidence/ is what the proofs saw, whole and unedited, and the ledger has each statement of the document once."""

import configparser
import difflib
import json
import re

import pytest
import server_pages
import yaml
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from proofs import ROOT, pages, proofs, words

import evidence
from evidence import blocks
from tests.servers.command_lines import COMMANDS

RECORD = "Where the new is right, run scripts/record (step 4 of docs/contribute.md)."
LEDGER = yaml.load((ROOT / "tests/statements/ledger.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
FROM_PROOFS = evidence.from_proofs(ROOT / "evidence")


def assert_same(name, expected):
    """Compare a file of evidence with what it must be; show the difference and the cure."""
    text = (ROOT / "evidence" / name).read_text(encoding="utf-8") if (ROOT / "evidence" / name).exists() else ""
    difference = difflib.unified_diff(
        text.splitlines(), expected.splitlines(), "the file", "what was seen", "", "", 0, ""
    )
    assert text == expected, "\n".join([f"evidence/{name} is stale, edited or missing. {RECORD}", *difference])


@pytest.mark.parametrize("name", FROM_PROOFS)
def test_the_pages_of_evidence_are_made_from_what_the_proofs_saw(name):
    assert_same(name, FROM_PROOFS[name])


def test_what_no_proof_checks_is_listed_and_counted():
    assert_same("unchecked.md", evidence.unchecked(evidence.read(ROOT / "evidence")))


@pytest.mark.slow
def test_the_plots_are_drawn_from_what_was_measured(tmp_path):
    server_pages.draw(ROOT / "evidence", tmp_path)
    for plot in tmp_path.iterdir():
        there = ROOT / "docs/assets/load" / plot.name
        assert there.read_text() == plot.read_text(), f"{there.name} is stale or edited; run scripts/server_pages.py"


def test_each_cell_of_the_tables_was_recorded_with_the_pinned_versions():
    seen = json.loads((ROOT / "evidence/servers.json").read_text(encoding="utf-8"))
    for name, rows in seen["tables"].items():
        assert {row: {*cells} for row, cells in rows.items()} == dict.fromkeys(server_pages.rows_of(name), {*COMMANDS})
    assert {*seen["tables"]} == {"protocols", "application", "operation", "faults"}
    pins = (ROOT / "requirements.txt").read_text() + (ROOT / "tests/requirements.txt").read_text()
    for package, version in seen["versions"].items():
        assert package == "Python" or f"\n{package.lower()}=={version} " in pins, (
            f"{package} {version}: run scripts/record servers"
        )


def test_the_evidence_is_complete_and_nothing_is_left_over():
    expected = {f"django-{name[6]}.{name[7]}.json" for name in environments()}
    expected |= {"servers.json", "load.json", "unchecked.md", *FROM_PROOFS}
    found = {path.name for path in (ROOT / "evidence").iterdir()}
    assert found == expected, (
        f"evidence/: left over {found - expected}, missing {expected - found}. Run scripts/record."
    )


def environments():
    """The names of tox's environments, one for each Django."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    return tox["tox"]["env_list"].split(", ")


@pytest.mark.parametrize("name", environments())
def test_each_proof_was_recorded_and_failed_where_its_sentence_is_false(name):
    said = json.loads((ROOT / f"evidence/django-{name[6]}.{name[7]}.json").read_text(encoding="utf-8"))
    expected = {page: sorted(proofs(page)) for page in pages()}
    for what in ("seen", "failed"):
        assert {page: sorted(marks) for page, marks in said[what].items()} == expected, f"{name}, {what}: {RECORD}"
    assert all(lines for marks in said["seen"].values() for lines in marks.values())


@pytest.mark.parametrize("name", environments())
def test_each_version_named_is_the_one_that_ran(name):
    said = json.loads((ROOT / f"evidence/django-{name[6]}.{name[7]}.json").read_text(encoding="utf-8"))["versions"]
    pins = (ROOT / f"tests/versions/{name}.txt").read_text()
    for package in said.keys() - {"Python"}:
        assert f"\n{package.lower()}=={said[package]} " in pins, f"evidence: ran another {package} than {name}.txt has"
    assert f"{name}: python{said['Python']}\n" in (ROOT / "tox.ini").read_text()


def test_what_versions_saw_is_said_once_where_it_is_the_same():
    runs = [("1", "a: `b`"), ("2", "a: `b`"), ("3", "a: `c`")]
    seen = [{"versions": {"Django": name}, "seen": {"page": {"mark": [line]}}} for name, line in runs]
    assert evidence.shown(seen[:2], "page", "mark") == "A: `b`. Seen on Django 1, 2."
    assert evidence.shown(seen, "page", "mark") == "Seen on Django 1, 2: a: `b`. Seen on Django 3: a: `c`."


def test_the_ledger_has_each_statement_of_the_document_in_its_words():
    text = (ROOT / "tests/site/original.md").read_text(encoding="utf-8")
    html = BeautifulSoup(MarkdownIt().render(text), "html.parser")
    for element in html.select("h1, h2, h3, pre, strong"):
        element.decompose()
    document = re.sub(r"(?m)^\s*i+\.\s", "", html.get_text())
    assert words(" ".join(entry["document"] for entry in LEDGER)) == words(document)


@pytest.mark.parametrize("entry", LEDGER, ids=lambda entry: entry["document"][:40])
def test_each_verdict_fits_the_page(entry):
    """What is true stands on the page; what is not, or not always, is quoted beside what the page says instead."""
    assert entry["verdict"] in evidence.VERDICTS, f"tests/statements/ledger.yml: write one of {evidence.VERDICTS}"
    assert entry["proofs"] and {*entry["proofs"]} <= proofs("index").keys(), (
        "tests/statements/ledger.yml: unknown proofs"
    )
    own, quoted = "", ""
    for what, pieces in blocks("index.md"):
        text = " ".join(text for text, _ in pieces) + " "
        own, quoted = (own, quoted + text) if what == "quote" else (own + text, quoted)
    stands = entry["document"].rstrip(",.") in (own if entry["verdict"] == "true" else quoted)
    assert stands, (
        f"tests/statements/ledger.yml: “{entry['document']}” is {entry['verdict']}, and the page says otherwise"
    )


@pytest.mark.parametrize("name", [path.name for path in sorted((ROOT / "docs").rglob("*.md"))])
def test_only_evidence_is_shown_as_evidence(name):
    """What these classes and elements hold is left out of the list of what no proof checks."""
    block = re.compile(
        r'<div class="evidence[a-z ]*"[a-z -]* markdown>\n\n(--8<-- "evidence/[a-z-]+\.md"\n\n)+</div>\n'
    )
    left_out = r"evidence|doc|highlight|footnote|headerlink|md-content__button"
    text = block.sub("", (ROOT / "docs" / name).read_text(encoding="utf-8"))
    hidden = re.search(rf"\{{[^}}\n]*\.({left_out})\b|class=.?({left_out})\b|<(script|style|pre|del|s)\b", text)
    assert not hidden, f"docs/{name}: {hidden[0]} hides what stands there from the checks; put nothing else there"
