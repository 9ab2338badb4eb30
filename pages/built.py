"""The built pages, parsed, and the way back from one to its source."""

import copy
import functools

from bs4 import BeautifulSoup

from pages.menu import ROOT, address

SITE = ROOT / "site"
PAGES = sorted(page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md"))


@functools.cache
def parsed(file):
    """A file of HTML, parsed once for all tests; a copy is theirs to change."""
    return BeautifulSoup(file.read_bytes(), "html.parser")


def soup(page):
    """The built page of a Markdown file below docs/."""
    return parsed(SITE / address(page) / "index.html")


def content(page):
    """The part of a built page that its author wrote, without the marks that link to headings and to notes."""
    article = copy.copy(soup(page).article)
    for mark in article.select(".headerlink, .md-content__button, sup:has(.footnote-ref), .footnote"):
        mark.decompose()
    return article


def where(page, needle):
    """The place of a text in the source of a page, its evidence or mkdocs.yml, as file:line, for a message."""
    for file in filter(lambda name: (ROOT / name).exists(), (f"docs/{page}", f"evidence/{page}", "mkdocs.yml")):
        for number, line in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), 1):
            if needle in line:
                return f"{file}:{number}"
    return f"docs/{page}"
