"""axe finds nothing on any page and in any state: light and dark, on a phone, on a desktop and on paper."""

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import expect

from pages.built import PAGES, address

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
ADDRESSES = {**{f"docs/{name}": address(name) for name in PAGES}, "overrides/404.html": "404.html"}
SCROLL = (
    "height => new Promise(done => { scrollTo(0, height); requestAnimationFrame(() => requestAnimationFrame(done)) })"
)
# axe asks no name of a button that is an svg, for a title in it may be its name; the theme's icons have none.
NAMELESS = """() => [...document.querySelectorAll("svg[role=button]")]
    .filter(one => !one.ariaLabel).map(one => one.parentElement.outerHTML)"""
COLOURS = ["color-contrast", "link-in-text-block"]  # another scheme changes nothing else


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


def check(page, where, rules=None):
    """Run axe's rules on the page as it stands.

    Args:
        page: Playwright's page.
        where: The file and the state, for the message.
        rules: The names of the rules; all that axe has switched on, the best practices too, if there are none.

    Raises:
        AssertionError: An element breaks a rule; the message has the rule, the element, and what to do.
    """
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found = [
        f"{rule['id']}: {rule['help']}: {node['target']}: {node['failureSummary']}"
        for rule in page.evaluate("options => axe.run(options)", options)["violations"]
        for node in rule["nodes"]
    ]
    found += [f"svg-button-name: a button has no name: {button}" for button in page.evaluate(NAMELESS)]
    assert not found, f"{where}: axe finds {len(found)}; mend docs/assets/guide.css or guide.js:\n" + "\n".join(found)


@pytest.mark.parametrize("file", ADDRESSES)
def test_axe_finds_nothing_on_the_page(screen, site_url, file):
    screen.emulate_media(color_scheme="light")
    screen.goto(site_url + ADDRESSES[file])
    screen.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    check(screen, f"{file}, light")
    screen.get_by_title("Switch to dark mode").click()
    expect(screen.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    check(screen, f"{file}, dark", COLOURS)
    screen.emulate_media(media="print")
    check(screen, f"{file}, printed", COLOURS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_search(screen, site_url, scheme):
    screen.emulate_media(color_scheme=scheme)
    screen.goto(site_url)
    said = screen.locator(".md-search-result__meta")
    screen.keyboard.press("/")
    expect(said).to_have_text("Type to start searching")
    check(screen, f"the search, empty, {scheme}")
    screen.keyboard.type("setdefault")
    expect(said).to_contain_text("matching document")
    screen.keyboard.press("ArrowDown")
    check(screen, f"the search with results, {scheme}")
    screen.locator(".md-search__input").fill("zzqqxx")
    expect(said).to_have_text("No matching documents")
    check(screen, f"the search without a result, {scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens(screen, site_url, scheme):
    screen.emulate_media(color_scheme=scheme)
    screen.goto(site_url)
    screen.locator("[id='fnref:setdefault-keeps'] a").focus()
    expect(screen.locator(".md-tooltip2--active")).to_be_visible()
    check(screen, f"the tooltip of a footnote, {scheme}")
    screen.locator("article .highlight button").first.click()
    expect(screen.get_by_text("Copied to clipboard")).to_be_visible()
    check(screen, f"a copy button that is pressed, {scheme}")
    for height in (2000, 1800):
        screen.evaluate(SCROLL, height)
    screen.locator(".md-top").hover()
    check(screen, f"the button to the top, {scheme}")
    screen.evaluate("scrollTo(0, 0)")
    screen.locator("label[title^=Switch]:visible").click()
    check(screen, f"switched from {scheme} by hand", COLOURS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_menu_of_a_phone(page, site_url, scheme):
    page.set_viewport_size(SIZES["phone"])
    page.add_init_script(path=AXE_FILE_PATH)
    page.emulate_media(color_scheme=scheme)
    page.goto(site_url)
    page.get_by_role("button", name="Menu").click()
    check(page, f"the menu, {scheme}")
    for name in ("Back", "Look it up"):
        page.get_by_role("button", name=name, exact=True).click()
    check(page, f"a part of the menu, {scheme}")
