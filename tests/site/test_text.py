"""Nothing that its author meant for the site's builder is left as text on a page."""

import html
import re

import pytest

from pages.built import PAGES, ROOT, SITE, content, soup, where
from pages.claims import words
from pages.menu import menu, settings

# What each mark would have made, had it been written right.
MARKS = {
    r"-8<-": "a snippet",
    r"\[\^[^\]]*\]": "a footnote; define it on the page",
    r":::": "a mkdocstrings block; put a blank line before it",
    r"!!!|\?\?\?": "an admonition; put a blank line before it and indent what is in it",
    r"```|~~~": "a code block; close it, and let its fence stand alone on its line",
    r"\{\s*[:#.][^}]*\}": "an attribute list; put it at the end of its line",
    r"\]\(|\]\[": "a link; check its brackets",
    r"\{\{|\{%": "a template tag; the pages have none",
    r"\+\+|==|\^\^": "an extension that the site does not use",
}


@pytest.mark.parametrize("page", PAGES)
def test_no_directive_is_left_as_text(page):
    article = content(page)
    assert "-8<-" not in article.get_text(), f"{where(page, '-8<-')}: a snippet is left as text"
    for code in article.select("pre, code, .doc-signature, .evidence"):
        code.decompose()
    for mark, meant in MARKS.items():
        if left := re.search(mark, article.get_text()):
            pytest.fail(f"{where(page, left[0])}: '{left[0]}' is left as text; it was to be {meant}")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_same_name_everywhere(page):
    heading = words(content(page).h1.get_text())
    (label,) = (label for part in menu().values() for label, file in part.items() if file == page)
    assert words(soup(page).title.get_text()) == f"{heading} - {settings()['site_name']}", (
        f"docs/{page}:2: write title: {heading}"
    )
    assert label == heading, f"{where(page, f'{label}:')}: the menu says {label}; write {heading}"


def test_the_reference_has_the_modules_and_application():
    ids = {tag["id"] for tag in content("api.md").select("[id]")}
    wanted = {f"oms.{module.stem}" for module in (ROOT / "oms").glob("*.py")} - {"oms.__init__"} | {
        "oms.asgi.application"
    }
    assert wanted <= ids, f"docs/api.md: {sorted(wanted - ids)} are missing; set show_if_no_docstring in mkdocs.yml"


def test_the_secret_key_of_the_project_is_on_no_page():
    key = re.search(r'(?m)^SECRET_KEY = "(.*)"$', (ROOT / "oms/settings.py").read_text())[1]
    for file in (path for path in SITE.rglob("*") if path.suffix in (".html", ".json", ".md", ".txt")):
        assert key[-20:] not in html.unescape(file.read_text(encoding="utf-8")), (
            f"site/{file.relative_to(SITE)} shows the value of SECRET_KEY; leave it out, as docs/api.md does with filters"
        )


def test_the_reference_shows_what_the_module_uses():
    shown = {tag["id"] for tag in content("api.md").select("[id]")}
    assert shown >= {"django.core.asgi.get_asgi_application", "django.core.handlers.asgi.ASGIHandler"}
