"""axe finds nothing on one page of each kind. scripts/record site looks at all of them, in each state."""

import pytest

from pages.built import address
from tests.shared.axe import DESKTOP, PHONE, opened, prepare

KINDS = {
    "index.md": "the file, and what its lines do",
    "errors.md": "a box for a text",
    "servers.md": "tables",
    "load.md": "plots",
    "api.md": "what mkdocstrings makes",
    "how-it-works.md": "steps in tabs",
    "chat.md": "a picture, and commands",
    "original.md": "notes beside a text",
}


@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_nothing_on_a_page_of_each_kind(page, site_url, name):
    size, scheme = (PHONE, "dark") if list(KINDS).index(name) % 2 else (DESKTOP, "light")
    prepare(page, size, scheme)
    opened(page, site_url + address(name), f"docs/{name}, {scheme}, {size['width']} pixels wide")
