"""axe finds nothing on any page: light and dark, on a phone and on a desktop, with the search and the menu open."""

import pytest
from playwright.sync_api import expect

from pages.built import PAGES, address
from tests.shared.axe import DESKTOP, PHONE, check, opened, prepare

ADDRESSES = {**{f"docs/{name}": address(name) for name in PAGES}, "overrides/404.html": "404.html"}


@pytest.mark.parametrize("file", ADDRESSES)
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_on_the_page(page, site_url, size, file):
    prepare(page, size, "light")
    opened(page, site_url + ADDRESSES[file], f"{file}, light")
    page.get_by_title("Switch to dark mode").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    check(page, f"{file}, dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_in_the_search_and_the_menu(page, site_url, size, scheme):
    prepare(page, size, scheme)
    page.goto(site_url)
    page.keyboard.press("/")
    page.keyboard.type("setdefault")
    expect(page.locator(".md-search-result__meta")).to_contain_text("matching document")
    check(page, f"the search with results, {scheme}")
    page.keyboard.press("Escape")
    if size == PHONE:
        page.get_by_role("button", name="Menu").click()
        check(page, f"the menu, {scheme}")
