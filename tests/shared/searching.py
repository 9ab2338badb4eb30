"""What the search and the box for a traceback answer to the queries of tests/site/queries.yml, in a browser."""

import functools
import re
from urllib.parse import urldefrag, urljoin

import yaml

from pages.built import PAGES, ROOT, address, soup

QUERIES = yaml.safe_load((ROOT / "tests/site/queries.yml").read_text(encoding="utf-8"))
VISIBLE_LINKS = """items => items.map(
    item => [...item.querySelectorAll("a")].filter(link => link.checkVisibility()).map(link => link.href)
)"""
ENTRY = re.compile(r"(?m)^## (.+) \{ #([a-z0-9-]+) \}$")


@functools.cache
def messages():
    """List (message, page, id) for each message in a heading of the pages of errors."""
    return [
        (" ".join(message.split()), page, mark)
        for page in PAGES
        if page.startswith("errors-")
        for heading, mark in ENTRY.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
        for message in re.findall("`([^`]+)`", heading.replace("…", ""))
        if " " in message  # one word says too little
    ]


def parts_of_messages():
    """List (what is pasted, its answers): each message, its end and its beginning; an answer is (page, id)."""
    found = []
    for message, _, _ in messages():
        words = message.split()
        for part in (words, words[len(words) // 3 :], words[: 2 * len(words) // 3])[: 3 if len(words) > 5 else 1]:
            part = " ".join(part)
            found.append((part, {(page, mark) for other, page, mark in messages() if part in other}))
    return found


def asked(queries=QUERIES):
    """List (what is asked, its answers) for queries as the file has them; a page alone is its heading."""
    found = []
    for query in queries:
        answers = query["answer"] if isinstance(query["answer"], list) else [query["answer"]]
        places = [answer.partition("#")[::2] for answer in answers]
        found.append((query["ask"], {(page, mark or soup(page).h1["id"]) for page, mark in places}))
    return found


def results(window, site_url, query):
    """What the search shows for a query: the pages, and the sections, by their addresses; and what it says."""
    window.locator(".md-search__input").fill("")
    window.get_by_text("Type to start searching").wait_for()
    window.locator(".md-search__input").fill(query)
    said = window.get_by_text(re.compile("matching document|No matching"))
    said.wait_for()
    by_page = window.locator(".md-search-result__item").evaluate_all(VISIBLE_LINKS)
    heads, sections = [], []
    for links in by_page:
        links = [re.sub(r"\?h=[^#]*", "", link) for link in links]
        heads, sections = heads + links[:1], sections + links[len(links) > 1 :]
    return heads, sections, said.inner_text()


def place_in_search(window, site_url, query, answers):
    """The place of the first answer among the pages, or among the sections, from 1; 99 where none is shown.

    The search shows results by page: its title, and below it the sections that match. The titles do not count, where a
    section is the answer.
    """
    heads, sections, _ = results(window, site_url, query)
    places = [99]
    for page, mark in answers:
        wanted, links = urljoin(site_url, f"{address(page)}#{mark}"), sections
        if soup(page).h1["id"] == mark:
            wanted, links = urldefrag(wanted).url, heads
        if wanted in links:
            places.append(links.index(wanted) + 1)
    return min(places)


def place_in_box(window, site_url, text, answers):
    """The place of the first answer below the box, from 1; 99 where none is shown."""
    window.locator("#traceback").fill(text)
    links = window.locator("output[for=traceback] a").evaluate_all("links => links.map(link => link.href)")
    places = [
        links.index(found) + 1 for page, mark in answers if (found := f"{site_url}{address(page)}#{mark}") in links
    ]
    return min(places, default=99)
