"""Which parts of a page are too wide for a screen."""

from pages.built import address

SCROLLING = """() => [...document.querySelectorAll("article *")]
    .filter(e => e.scrollWidth > e.clientWidth && ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
    .map(e => e.tagName + "." + e.className)
    .filter(e => !/^(CODE|PRE|DIV\\.md-typeset__scrollwrap|DIV\\.tabbed-labels)/.test(e))"""


def too_wide(page, site_url, name, widths):
    """Name what scrolls sideways beside code, tables and tabs, and what makes the page wider than the screen.

    Args:
        page: A page of the browser.
        name: A Markdown file below docs/.
        widths: Those of the screen, in pixels.
    """
    page.emulate_media(reduced_motion="reduce")
    page.goto(site_url + address(name))
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"docs/{name}: {part} scrolls sideways at {width} pixels" for part in page.evaluate(SCROLLING)]
        needed = page.evaluate("document.scrollingElement.scrollWidth")
        found += [f"docs/{name}: the page needs {needed} pixels of {width}"] if needed > width else []
    return found
