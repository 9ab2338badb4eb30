"""A reader who asks a question, or pastes an error message or a part of it, finds the answer first."""

import json
import os
import re
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import yaml

from pages.built import PAGES, ROOT, address, soup
from tests.shared.record import made

RECORD_TO = os.environ.get("RECORD_TO")  # a folder for the record
QUESTIONS = yaml.safe_load((Path(__file__).parent / "questions.yml").read_text(encoding="utf-8"))
VISIBLE_LINKS = """items => items.map(
    item => [...item.querySelectorAll("a")].filter(link => link.checkVisibility()).map(link => link.href)
)"""
ENTRY = re.compile(r"(?m)^## (.+) \{ #([a-z0-9-]+) \}$")


def entries():
    """Yield (message, page, id) for each message of a heading on the pages of errors."""
    for page in PAGES:
        if page.startswith("errors-"):
            for heading, mark in ENTRY.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
                for message in re.findall("`([^`]+)`", heading.replace("…", "")):
                    if " " in message:  # one word says too little
                        yield " ".join(message.split()), page, mark


def queries():
    """List (what is asked, its answers) for each question, each message and a part of it; an answer is (page, id)."""
    asked = ENTRY.findall((ROOT / "docs/questions.md").read_text(encoding="utf-8"))
    found = [(question, {("questions.md", mark)}) for question, mark in asked]
    found += [(question["ask"], {tuple(question["answer"].split("#"))}) for question in QUESTIONS]
    for message, _, _ in entries():
        words = message.split()
        for asked in (words, words[len(words) // 3 :])[: 1 + (len(words) > 5)]:
            asked = " ".join(asked)
            found.append((asked, {(page, mark) for other, page, mark in entries() if asked in other}))
    return found


def place_of(site_url, page, mark, heads, sections):
    """The place of an answer among the pages, or among the sections, from 1; 99 where it is not shown."""
    wanted, links = urljoin(site_url, f"{address(page)}#{mark}"), sections
    if soup(page).h1["id"] == mark:
        wanted, links = urldefrag(wanted).url, heads
    return links.index(wanted) + 1 if wanted in links else 99


def places(browser, site_url):
    """The place of each answer among the results, from 1; 99 where it is not shown.

    The search shows results by page: its title, and below it the sections that match. The titles do not count, where a
    section is the answer.
    """
    window = browser.new_page()
    window.goto(site_url)
    window.keyboard.press("/")
    found = []
    for asked, answers in queries():
        window.locator(".md-search__input").fill("")
        window.get_by_text("Type to start searching").wait_for()
        window.locator(".md-search__input").fill(asked)
        window.get_by_text(re.compile("matching document|No matching")).wait_for()
        by_page = window.locator(".md-search-result__item").evaluate_all(VISIBLE_LINKS)
        heads, sections = [], []
        for links in by_page:
            links = [re.sub(r"\?h=[^#]*", "", link) for link in links]
            heads, sections = heads + links[:1], sections + links[len(links) > 1 :]
        found.append(min(place_of(site_url, *answer, heads, sections) for answer in answers))
    window.close()
    return found


def test_the_answer_is_found_first(browser, site_url):
    """All but one of twenty are found first."""
    found = [
        {"asked": asked, "answer": "#".join(min(answers)), "place": place}
        for (asked, answers), place in zip(queries(), places(browser, site_url), strict=True)
    ]
    late = [query for query in found if query["place"] != 1]
    if RECORD_TO:
        record = made() | {"first": len(found) - len(late), "of": len(found), "queries": found}
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        (Path(RECORD_TO) / "search.json").write_text(text, encoding="utf-8")
    assert len(late) <= 0.05 * len(found), f"{len(late)} of {len(found)} are not found first: {late}"
