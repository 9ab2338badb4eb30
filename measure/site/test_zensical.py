"""The next builder makes the same pages of the same settings: docs/, mkdocs.yml and overrides/ as they are."""

import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from pages.built import PAGES, address, content
from pages.claims import words

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="Zensical needs Python 3.11")


@pytest.fixture(scope="module")
def other_site(module_copy):
    """The site that Zensical builds in a copy of the tree."""
    command = [Path(sys.executable).with_name("zensical"), "build", "--strict"]
    done = subprocess.run(command, cwd=module_copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return module_copy / "site"


@pytest.mark.parametrize("page", PAGES)
def test_the_page_has_the_same_headings_and_code(other_site, page):
    html = (other_site / address(page) / "index.html").read_text(encoding="utf-8")
    article = BeautifulSoup(html, "html.parser").article
    for mark in article.select(".headerlink"):
        mark.decompose()
    for part in ("h1, h2, h3", "pre code"):
        ours, theirs = ([words(tag.get_text()) for tag in one.select(part)] for one in (content(page), article))
        assert ours == theirs
