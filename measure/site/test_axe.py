"""axe finds nothing on any page: light and dark, on a phone and on a desktop, with the search and the menu open."""

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import expect

from pages.built import PAGES, address

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
ADDRESSES = {**{f"docs/{name}": address(name) for name in PAGES}, "overrides/404.html": "404.html"}


@pytest.fixture
def browser_context_args(browser_context_args):
    """Nothing moves: between two colours the contrast is low for a moment."""
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture(params=SIZES)
def screen(page, request):
    """A page of the size of a phone or a desktop, with axe in each document that it loads."""
    page.set_viewport_size(SIZES[request.param])
    page.add_init_script(path=AXE_FILE_PATH)
    return page


def check(page, where):
    """Run all rules that axe has switched on, the best practices too; name the file, the state, the rule and the element."""
    violations = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    found = [
        f"{rule['id']}: {rule['help']}: {node['target']}: {node['failureSummary']}"
        for rule in violations
        for node in rule["nodes"]
    ]
    assert not found, f"{where}: axe finds {len(found)}; mend docs/assets/guide.css or guide.js:\n" + "\n".join(found)


@pytest.mark.parametrize("file", ADDRESSES)
def test_axe_finds_nothing_on_the_page(screen, site_url, file):
    screen.emulate_media(color_scheme="light")
    screen.goto(site_url + ADDRESSES[file])
    screen.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    check(screen, f"{file}, light")
    screen.get_by_title("Switch to dark mode").click()
    expect(screen.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    check(screen, f"{file}, dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_search_and_the_menu(screen, site_url, scheme):
    screen.emulate_media(color_scheme=scheme)
    screen.goto(site_url)
    screen.keyboard.press("/")
    screen.keyboard.type("setdefault")
    expect(screen.locator(".md-search-result__meta")).to_contain_text("matching document")
    check(screen, f"the search with results, {scheme}")
    screen.keyboard.press("Escape")
    if screen.viewport_size == SIZES["phone"]:
        screen.get_by_role("button", name="Menu").click()
        check(screen, f"the menu, {scheme}")
