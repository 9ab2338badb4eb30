"""Each page has a card, a picture with its title and description, for those who share its address."""

import cards
import pytest
from built import PAGES, SITE, address, content, soup
from PIL import Image
from proofs import words

SITE_URL = soup("index.md").find("link", rel="canonical")["href"]


def said(page, name):
    """What a page's head says under a name of Open Graph, once."""
    (tag,) = soup(page).find_all("meta", property=f"og:{name}")
    return tag["content"]


def card(page):
    """The file of a page's card."""
    return SITE / said(page, "image").removeprefix(SITE_URL)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_a_small_card_of_the_size_that_it_says(page):
    assert said(page, "image").startswith(SITE_URL), f"docs/{page}: the card's address is not the site's"
    with Image.open(card(page)) as picture:
        assert picture.size == cards.SIZE == (int(said(page, "image:width")), int(said(page, "image:height")))
    assert card(page).stat().st_size < 30_000


@pytest.mark.parametrize("page", PAGES)
def test_the_card_and_the_head_say_what_the_page_says(page):
    title = words(content(page).h1.get_text())
    description = soup(page).find("meta", attrs={"name": "description"})["content"]
    assert (said(page, "title"), said(page, "description")) == (title, description)
    assert said(page, "image:alt") == f"{title}: {description}"
    drawn = cards.drawn(title, description, said(page, "site_name"))
    with Image.open(card(page)) as picture:
        same = picture.tobytes() == drawn.tobytes()  # pytest would show every pixel that differs, for minutes
    assert same, f"docs/{page}: the card has other words"


@pytest.mark.parametrize("page", PAGES)
def test_the_description_fits_where_it_is_shown(page):
    length = len(said(page, "description"))
    assert 50 <= length <= 160, f"docs/{page}:3: the description has {length} characters; write 50 to 160"


@pytest.mark.parametrize("page", PAGES)
def test_the_page_names_its_own_address(page):
    (link,) = soup(page).find_all("link", rel="canonical")
    assert link["href"] == said(page, "url") == SITE_URL + address(page)


def test_no_two_pages_have_the_same_card():
    assert len({card(page).read_bytes() for page in PAGES}) == len(PAGES)


def test_a_long_title_and_description_stay_above_the_foot():
    card = cards.drawn("Errors with WebSockets and lifespan " * 3, "words of a description " * 7, "the site")
    between = card.crop((cards.MARGIN, cards.FOOT, cards.WIDTH, cards.FOOT + 8))
    assert between.getextrema() == (0, 0)


def test_a_character_that_cannot_be_drawn_is_named(tmp_path):
    head = "".join(
        f'<meta property="og:{name}" content="{text}">'
        for name, text in {"site_name": "Site", "title": "A → B", "description": "C", "image": "/c.png"}.items()
    )
    (tmp_path / "index.html").write_text(head, encoding="utf-8")
    assert cards.main(tmp_path) == (
        "index.html: the cards' font has no →; write the page's title and description without it."
    )
    (tmp_path / "index.html").write_text("", encoding="utf-8")
    assert "no page names a card; build it with PUBLISHED=true" in cards.main(tmp_path)
