"""The picture that a chat or a mail shows beside a link to the site is of its first screen."""

from pages.built import ROOT


def test_the_card_is_a_picture_of_the_first_screen(page, site_url):
    page.set_viewport_size({"width": 1200, "height": 630})  # what most services ask for
    page.goto(site_url)
    page.add_style_tag(content=".md-header, .md-tabs { display: none } .md-main__inner { zoom: 1.07; margin-top: 0 }")
    page.screenshot(path=ROOT / "docs/assets/card.png")
