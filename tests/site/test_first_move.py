"""The slim pages of site/ look and act as the plain ones that mkdocs build leaves, before and after the first move."""

import io

import pytest
from built import FIRST, address, first_move
from PIL import Image, ImageChops
from playwright.sync_api import expect

pytestmark = pytest.mark.recorded

PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# What moves by itself stands still, and what the theme's script adds or measures is left out of the pictures.
STILL = """
    *, ::before, ::after, ::placeholder { animation: none !important; caret-color: transparent !important; transition: none !important }
    .md-code__nav, .md-content__button, .md-top { display: none !important }
    .md-sidebar__scrollwrap { height: auto !important; max-height: calc(100vh - 4.8rem) !important }
"""


@pytest.fixture
def pictures(browser, site_url, plain_url):
    """Compare one view of the slim and the plain site: act on both pages, and take their pictures."""

    def compare(path, act, size, scheme="light", rest=False, media="screen"):
        taken = []
        for url in (site_url, plain_url):
            page = browser.new_page(viewport=size, color_scheme=scheme)
            page.add_init_script(
                "addEventListener('DOMContentLoaded', () => document.head.append(Object.assign("
                f"document.createElement('style'), {{textContent: `{STILL}`}})), {{once: true}})"
            )
            page.goto(url + path, wait_until="networkidle")
            if not rest:
                first_move(page)
            act(page)
            page.emulate_media(media=media)
            taken.append(Image.open(io.BytesIO(page.screenshot(full_page=media == "print"))).convert("RGB"))
            page.close()
        slim, plain = taken
        assert slim.size == plain.size
        # A letter may lie a part of a pixel beside the other: four pixels are compared as one.
        difference = ImageChops.difference(slim.reduce(4), plain.reduce(4)).convert("L").point(lambda grey: grey > 24)
        where = [4 * edge for edge in difference.getbbox() or ()]
        assert not where, f"{path or 'index.md'}: the pictures differ at {where}"

    return compare


def nothing(page):
    pass


def search(page, words="setdefault"):
    page.keyboard.press("/")
    page.keyboard.type(words)
    expect(page.locator(".md-search-result__item").first).to_be_visible()


def open_the_search(page):
    page.keyboard.press("/")
    expect(page.locator(".md-search-result__meta")).to_have_text("Type to start searching")


def open_the_menu(page):
    page.locator("label.md-header__button[for=__drawer]").click()


def open_the_details(page):
    page.locator("article details > summary").first.click()


def point_at_a_footnote(page):
    page.locator(".footnote-ref").first.hover()
    expect(page.locator(".md-tooltip2")).to_be_visible()


def copy_the_code(page):
    page.locator("article .highlight").first.hover()
    page.locator("[data-clipboard-target]").first.dispatch_event("click")  # the picture is without the button
    expect(page.locator(".md-dialog")).to_contain_text("Copied")


def switch_the_palette(page):
    page.locator("form[data-md-component=palette] label:visible").click()


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", LAPTOP)], ids=["light-phone", "dark-laptop"])
@pytest.mark.parametrize("name", FIRST)
def test_before_the_first_move_the_page_looks_the_same(pictures, name, scheme, size):
    pictures(address(name), nothing, size, scheme, rest=True)


STATES = [
    pytest.param(open_the_search, LAPTOP, id="the dialog of the search"),
    pytest.param(open_the_search, PHONE, id="the dialog of the search on a phone"),
    pytest.param(search, LAPTOP, id="results of the search"),
    pytest.param(search, PHONE, id="results of the search on a phone"),
    pytest.param(open_the_menu, PHONE, id="the menu of a phone"),
    pytest.param(open_the_details, LAPTOP, id="open details"),
    pytest.param(point_at_a_footnote, LAPTOP, id="a tooltip"),
    pytest.param(copy_the_code, LAPTOP, id="copied code"),
    pytest.param(switch_the_palette, LAPTOP, id="the other palette"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("act", "size"), STATES)
def test_after_the_first_move_each_state_looks_the_same(pictures, act, size, scheme):
    pictures("", act, size, scheme)


@pytest.mark.parametrize(("act", "size"), [state for state in STATES if "search" not in state.id])
def test_a_state_needs_no_move_before_it(pictures, act, size):
    pictures("", act, size, rest=True)


@pytest.mark.parametrize("name", FIRST)
def test_the_page_prints_the_same(pictures, name):
    pictures(address(name), nothing, LAPTOP, rest=True, media="print")


def test_the_first_view_fetches_the_page_and_its_icon_alone(page, site_url):
    asked = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(site_url)))
    page.goto(site_url, wait_until="networkidle")
    assert [url for url in asked if not url.startswith(("data:", "assets/images/favicon", "assets/favicon"))] == [""]


@pytest.mark.parametrize("name", ["index.md", "load.md", "weight.md"])
def test_the_first_move_shifts_nothing(page, site_url, name):
    page.add_init_script(
        "shifts = []; new PerformanceObserver(list => shifts.push(...list.getEntries().map(entry => entry.value)))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.set_viewport_size({"width": 1280, "height": 2000})  # what stands below a table is seen, too
    page.goto(site_url + address(name), wait_until="networkidle")
    first_move(page)
    page.wait_for_timeout(1000)
    assert page.evaluate("shifts") == []


def test_dark_readers_see_no_light_page_first(browser, site_url):
    page = browser.new_page(color_scheme="dark", java_script_enabled=True)
    page.goto(site_url, wait_until="networkidle")
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    assert page.evaluate("performance.getEntriesByType('resource').every(({name}) => !name.endsWith('.js'))")
    page.close()
