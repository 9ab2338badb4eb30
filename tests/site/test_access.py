"""The site by the keyboard alone, enlarged, without motion, in the reader's own colours, and on paper."""

import io

import pytest
from built import FIRST, PAGES, address, first_move
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.recorded

PHONE = {"width": 390, "height": 844}
SIZES = [pytest.param(PHONE, id="phone"), pytest.param({"width": 1280, "height": 900}, id="desktop")]

# What is focused and has no frame around it, or stands beside the screen. A field shows its caret.
UNSEEN = """() => {
    const e = document.activeElement
    if (e === document.body || e.matches("input[type=text]")) return null
    const shown = e.matches("input[type=radio]") ? document.querySelector(".md-header label[title]:not([hidden])") : e
    const {outlineStyle, outlineWidth} = getComputedStyle(shown), box = shown.getBoundingClientRect()
    const seen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1
        && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight
    return seen ? null : e.outerHTML.slice(0, 120)
}"""

# What no scrolling inside a box brings into sight.
CUT_OFF = """() => [...document.querySelectorAll("article *")].filter(e => e.checkVisibility()
    && e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest("pre, code, .md-typeset__scrollwrap, .highlighttable")).map(e => e.outerHTML.slice(0, 120))"""

MOVING = """() => document.getAnimations().filter(one => one.effect.getComputedTiming().activeDuration > 10)
    .map(one => `${one.effect.target.className}: ${one.transitionProperty ?? one.animationName}`)"""


def colours(locator):
    return len(Image.open(io.BytesIO(locator.screenshot())).convert("RGB").getcolors(1 << 24))


@pytest.mark.parametrize("forced", ["none", "active"])
@pytest.mark.parametrize("size", SIZES)
def test_what_the_keyboard_is_on_is_seen(page, site_url, size, forced):
    page.set_viewport_size(size)
    page.emulate_media(forced_colors=forced, reduced_motion="reduce")
    page.goto(site_url)
    first_move(page)
    unseen = set()
    for _ in range(page.locator("a[href], button, summary, input, [tabindex='0']").count()):
        page.keyboard.press("Tab")
        unseen.add(page.evaluate(UNSEEN))
    assert unseen <= {None}, f"no frame shows that the keyboard is on these, or they are off the screen: {unseen}"


def test_the_keyboard_opens_searches_and_closes_the_search(page, site_url):
    page.goto(site_url)
    field = page.get_by_role("textbox", name="Search")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("setdefault")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".md-search-result__link:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?h=*")


def test_the_first_tab_skips_to_the_content(page, site_url):
    page.goto(f"{site_url}start/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("article :focus")).to_have_count(1)


def test_the_keyboard_opens_and_closes_the_menu_of_a_phone(page, site_url):
    page.set_viewport_size(PHONE)
    page.goto(site_url)
    button = page.get_by_role("button", name="Menu")
    link = page.locator(".md-nav--primary").get_by_role("link", name="Glossary")
    for press in ("Enter", "Space"):
        first_move(page)
        button.focus()
        page.keyboard.press(press)
        for name in ("Back", "Look it up"):
            part = page.get_by_role("button", name=name, exact=True)
            expect(part).to_have_count(1)
            part.focus()
            page.keyboard.press(press)
        expect(link).to_be_in_viewport()
        page.keyboard.press("Escape")
        expect(link).not_to_be_visible()
        expect(button).to_be_focused()
        page.reload()


@pytest.mark.parametrize(
    ("width", "scale"),
    [pytest.param(640, 2, id="200 %"), pytest.param(320, 4, id="400 %")],
)
def test_an_enlarged_page_is_whole(browser, site_url, width, scale):
    with browser.new_context(viewport={"width": width, "height": 450}, device_scale_factor=scale) as context:
        page = context.new_page()
        for name in PAGES:
            page.goto(site_url + address(name))
            first_move(page)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            wide, cut = page.evaluate("document.scrollingElement.scrollWidth"), page.evaluate(CUT_OFF)
            assert wide == width and not cut, f"docs/{name}: at {width} pixels the page has {wide}; too wide: {cut}"


@pytest.mark.parametrize("size", SIZES)
def test_nothing_moves_for_who_wants_no_motion(page, site_url, size):
    page.set_viewport_size(size)
    page.emulate_media(reduced_motion="reduce")
    page.goto(site_url)
    first_move(page)

    def search(key, shown):
        page.keyboard.press(key)
        expect(page.locator("#__search")).to_be_checked(checked=shown)  # the theme waits a moment before it shows it

    moving = []
    for press in (
        lambda: search("/", True),
        lambda: search("Escape", False),
        lambda: page.evaluate("document.querySelector('#__drawer').click()"),
        lambda: page.evaluate("document.querySelector('#__drawer').click()"),
        lambda: page.locator("[id='fnref:setdefault-keeps'] a").focus(),
        lambda: page.locator("article .highlight button").first.hover(),
        lambda: page.locator("article summary").first.click(),
    ):
        press()
        moving += page.evaluate(MOVING)
    assert moving == [], "docs/assets/guide.css: what moves needs an exception under prefers-reduced-motion"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_the_readers_own_colours_icons_and_code_are_seen(page, site_url, scheme):
    page.set_viewport_size(PHONE)
    page.emulate_media(forced_colors="active", color_scheme=scheme, reduced_motion="reduce")
    page.goto(site_url)
    first_move(page)
    for part in (
        ".md-header__button:visible >> nth=1",
        "article .md-code__button >> nth=0",
        "article pre > code >> nth=0",
        "article .footnote-backref >> nth=0",
    ):
        page.locator(part).hover()
        assert colours(page.locator(part)) > 1, f"{part} has the colour of the page"
    page.get_by_role("button", name="Menu").click()
    assert colours(page.locator(".md-nav__title .md-nav__icon:visible").last) > 1, "the menu's arrow is not seen"


@pytest.mark.parametrize("name", FIRST)
def test_what_is_closed_is_printed(page, site_url, name):
    page.goto(site_url + address(name))
    page.emulate_media(media="print")
    hidden = page.evaluate("""() => [...document.querySelectorAll("article details > :not(summary)")]
        .filter(e => e.textContent.trim() && !(e.checkVisibility() && e.getBoundingClientRect().height))
        .map(e => e.outerHTML.slice(0, 120))""")
    assert hidden == [], f"docs/{name}: what is closed on the screen is not on the paper"
