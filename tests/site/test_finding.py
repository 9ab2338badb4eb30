"""A reader who asks a question, or pastes an error message or a part of it, finds the answer first."""

import html
import os
import re
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
import yaml
from built import PAGES, ROOT, address, soup

RECORD_TO = os.environ.get("RECORD_TO")  # a folder; without it, what is seen is compared with the evidence
QUESTIONS = yaml.safe_load((Path(__file__).parent / "questions.yml").read_text(encoding="utf-8"))
VISIBLE_LINKS = """items => items.map(
    item => [...item.querySelectorAll("a")].filter(link => link.checkVisibility()).map(link => link.href)
)"""
ENTRY = re.compile(r"(?m)^## (.+) \{ #([a-z0-9-]+) \}$")

pytestmark = pytest.mark.recorded


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


def clicks():
    """The fewest links from the first page to each page: {page: number}."""
    found, edge = {"index.md": 0}, ["index.md"]
    by_address = {address(page): page for page in PAGES}
    while edge:
        page = edge.pop(0)
        for link in soup(page).select("a[href]"):
            to = by_address.get(urldefrag(urljoin(f"http://site/{address(page)}", link["href"])).url[12:])
            if to and to not in found:
                found[to] = found[page] + 1
                edge.append(to)
    return found


def test_the_answer_is_found_first(browser, site_url):
    """The table of the page is what the search shows; each message is found first, and all but a few questions."""
    table, far = "| asked | answer | place | clicks |\n| --- | --- | --- | --- |\n", clicks()
    late = []
    for (asked, answers), place in zip(queries(), places(browser, site_url), strict=True):
        page, mark = min(answers)
        shown = html.escape(asked).replace("|", " ").replace("[", "&#91;").replace("*", "&#42;")
        table += f"| {shown} | [{mark}]({page}#{mark}) | {place} | {far[page]} |\n"
        late += [(asked, mark, place)] if place != 1 else []
    count = len(queries())
    text = f"{count - len(late)} of {count} are found first.\n\n{table}"
    if RECORD_TO:
        (Path(RECORD_TO) / "finding.md").write_text(text, encoding="utf-8")
    assert len(late) <= 0.05 * count, f"{len(late)} of {count} are not found first: {late}"
    recorded = (ROOT / "evidence/finding.md").read_text(encoding="utf-8")
    assert text == recorded or RECORD_TO, "evidence/finding.md is stale; run scripts/record"


def test_an_answer_is_two_clicks_away_at_the_most():
    """From the first page each page of the menu is near."""
    far = {page: number for page, number in clicks().items() if number > 2}
    assert not far and clicks().keys() == {*PAGES}, far
