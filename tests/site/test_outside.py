"""A link into Django's or Python's documentation leads to a page and an anchor that are there."""

import functools
import re

from mkdocstrings import Inventory

from pages.built import PAGES, ROOT, soup, where

SITE_URL = soup("index.md").find("link", rel="canonical")["href"]
# What the inventory of a release's documentation tells.
DOCUMENTED = {
    "https://docs.djangoproject.com/en/5.2/": "django-5.2",
    "https://docs.python.org/3.11/": "python-3.11",
    "https://docs.python.org/3/": "python-3.11",
}


def outside():
    """The links to other sites, with a place where each stands: {address: place}."""
    found = {}
    for page in PAGES:
        for link in soup(page).select("a[href^=http]"):
            found[link["href"]] = where(page, link["href"])
    for name in ("README.md", "CONTRIBUTING.md"):
        for address in re.findall(r"\]\((http[^)]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            found[address] = name
    # The site, what runs on the reader's machine, where the site is kept, and the domain that is kept for examples.
    left_out = SITE_URL, "http://127.0.0.1", "https://github.com", "https://example.com"
    return {address: place for address, place in found.items() if not address.startswith(left_out)}


@functools.cache
def documented(name):
    """The pages that an inventory names, and the anchors on them."""
    with (ROOT / f"inventories/{name}.inv").open("rb") as file:
        there = {item.uri for item in Inventory.parse_sphinx(file).values()}
    return there | {uri.partition("#")[0] for uri in there}


def test_each_link_into_documentation_leads_to_a_page_and_an_anchor():
    for address, place in outside().items():
        for beginning, name in DOCUMENTED.items():
            if address.startswith(beginning):
                assert address.removeprefix(beginning) in documented(name), (
                    f"{place}: {address} is not in the documentation"
                )
