"""What axe finds on a page in a browser: what keeps readers out who use a keyboard, a screen reader or a small screen."""

from axe_playwright_python.base import AXE_FILE_PATH

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def prepare(page, size, scheme):
    """Give a page its size and its colours, and axe in each document that it loads. Nothing moves in it.

    Args:
        size: PHONE or DESKTOP.
        scheme: "light" or "dark".
    """
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # between two colours the contrast is low
    page.add_init_script(path=AXE_FILE_PATH)


def check(page, where):
    """Run all rules that axe has switched on, the best practices too; name the file, the state, the rule and the element."""
    violations = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    found = [
        f"{rule['id']}: {rule['help']}: {node['target']}: {node['failureSummary']}"
        for rule in violations
        for node in rule["nodes"]
    ]
    assert not found, f"{where}: axe finds {len(found)}; mend docs/assets/guide.css or guide.js:\n" + "\n".join(found)


def opened(page, address, where):
    """Check a page with all of its details open."""
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    check(page, where)
