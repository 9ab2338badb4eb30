"""The first page keeps every heading of the original document in its order, and every statement in its place."""

import hashlib
import re

import pytest
import yaml
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from pages.built import PAGES, ROOT, content, soup, where
from pages.claims import words

ORIGINAL = (ROOT / "tests/site/original.md").read_text(encoding="utf-8")
LEDGER = yaml.load((ROOT / "tests/claims/ledger.yml").read_text(encoding="utf-8"), yaml.BaseLoader)


def headings(html):
    return [(tag.name, words(tag.get_text())) for tag in html.find_all(re.compile("^h[1-6]$"))]


def original():
    return BeautifulSoup(MarkdownIt().render(ORIGINAL), "html.parser")


def text(html):
    """The words of the document, without its Roman numbers: only the site makes a list of them."""
    return words(re.sub(r"(?m)^\s*i+\.\s", "", html.get_text()))


def test_the_document_is_the_one_that_the_team_wrote():
    digest = hashlib.sha256(ORIGINAL.encode()).hexdigest()
    assert digest == "47230fa53a784998a4b0f874a144af7b4b19af8dd542e1f8679bee3b1ea28b15", (
        "tests/site/original.md: these are not the document's words; take the file back"
    )


def test_the_headings_are_those_of_the_document_in_its_order():
    (_, title), *expected = headings(original())
    _, *found = headings(content("index.md"))  # the page's own name stands above the document's title
    assert found == [("h2", title), *expected], "docs/index.md: the headings differ from the document's; restore them"


def test_the_ledger_has_each_statement_of_the_document_in_its_words():
    html = original()
    for element in html.select("h1, h2, h3, pre, strong"):
        element.decompose()
    assert words(" ".join(entry["document"] for entry in LEDGER)).replace("`", "") == text(html)


def test_the_original_page_has_the_document_word_for_word_in_its_order():
    document, shown = original(), content("original.md").select_one(".original")
    for reason in shown.select(".why"):
        reason.decompose()
    assert words(shown.get_text()) == text(document)
    for parts in (re.compile("^h[1-6]$"), "pre"):
        assert [words(tag.get_text()) for tag in shown.find_all(parts)] == [
            words(tag.get_text()) for tag in document.find_all(parts)
        ]


def test_what_the_site_changed_is_marked_with_the_reason_behind_it():
    shown = content("original.md").select_one(".original")
    changed = [entry for entry in LEDGER if entry["verdict"] != "true"]
    assert [words(mark.get_text()) for mark in shown.select("mark")] == [
        entry["document"].replace("`", "") for entry in changed
    ]
    assert len(shown.select(".why")) == len(content("changes.md").select("tbody tr")) == len(changed)


@pytest.mark.parametrize("page", PAGES)
def test_each_heading_of_a_page_says_its_id_in_the_source(page):
    fence = False
    for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines():
        fence ^= bool(re.match(r"\s*```", line))
        if not fence and re.match(r"#{1,6} ", line):
            assert re.search(r" \{ #[a-z0-9-]+ \}$", line), (
                f"{where(page, line)}: the heading has no id; end it with {{ #id }}"
            )


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_a_description_of_its_own(page):
    descriptions = {name: soup(name).find("meta", attrs={"name": "description"})["content"] for name in PAGES}
    assert list(descriptions.values()).count(descriptions[page]) == 1
