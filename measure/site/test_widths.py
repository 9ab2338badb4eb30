"""No page is cut off or scrolls sideways, from a small phone to a large screen. scripts/test looks at the first of the widths."""

import pytest

from pages.built import PAGES
from tests.shared.widths import too_wide


@pytest.mark.parametrize("name", PAGES)
def test_the_page_fits(page, site_url, name):
    found = too_wide(page, site_url, name, [320, 360, 390, 768, 1280, 1920])
    assert not found, "\n".join(found)
