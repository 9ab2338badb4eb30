"""evidence/ is what the proofs saw, whole and unedited, and the ledger has each statement of the document once."""

import difflib
import json
import re

import evidence
import pytest
import yaml
from bs4 import BeautifulSoup
from evidence import ROOT, blocks, proofs, words
from markdown_it import MarkdownIt

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
    assert_same("unchecked.md", evidence.unchecked())


def test_the_evidence_is_complete_and_nothing_is_left_over():
    versions = re.findall(r"django(\d)(\d)", (ROOT / "tox.ini").read_text().split("[testenv]")[0])
    expected = {f"django-{major}.{minor}.json" for major, minor in versions} | {*FROM_PROOFS, "unchecked.md"}
    found = {path.name for path in (ROOT / "evidence").iterdir()}
    assert found == expected, (
        f"evidence/: left over {found - expected}, missing {expected - found}. Run scripts/record."
    )


def test_each_version_named_is_the_one_that_ran():
    for path in (ROOT / "evidence").glob("*.json"):
        said = json.loads(path.read_text(encoding="utf-8"))
        name = path.stem.replace("-", "").replace(".", "")
        pins = (ROOT / f"tests/versions/{name}.txt").read_text()
        assert f"django=={said['django']} " in pins, f"evidence/{path.name}: ran another Django than {name}.txt has"
        assert f"{name}: python{said['python']}\n" in (ROOT / "tox.ini").read_text()


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


def test_only_evidence_is_shown_as_evidence():
    block = re.compile(r'<div class="evidence"[a-z -]* markdown>\n\n--8<-- "evidence/[a-z]+\.md"\n\n</div>\n')
    for page in (ROOT / "docs").rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert 'evidence"' not in block.sub("", text).replace('--8<-- "evidence', ""), (
            f"docs/{page.name}: put nothing else there"
        )
