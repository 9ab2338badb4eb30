"""Every link, anchor, image and footnote on the site leads somewhere, in raw HTML too."""

import functools
import re
from collections import Counter
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from PIL import Image

from pages.built import PAGES, ROOT, SITE, address, parsed, soup, where

LINKING = "href", "src", "data", "poster"


@functools.cache
def ids(file):
    """The ids in a built file."""
    return {tag["id"] for tag in parsed(file).select("[id]")}


@pytest.mark.parametrize("page", [*PAGES, "404.html"])
def test_each_link_anchor_image_and_file_is_there(page):
    site = soup("index.md").find("link", rel="canonical")["href"]
    start = urljoin(site, page if page == "404.html" else address(page))
    file = SITE / page if page == "404.html" else SITE / address(page) / "index.html"
    for tag in parsed(file).select(",".join(f"[{name}]" for name in LINKING)):
        for link in (tag[name] for name in LINKING if name in tag.attrs):
            target = urlsplit(urljoin(start, link))
            if target.scheme in ("data", "mailto") or target.netloc != urlsplit(site).netloc:
                continue
            path = SITE / unquote(target.path).removeprefix(urlsplit(site).path).lstrip("/")
            path = path / "index.html" if path.is_dir() else path
            fragment = unquote(target.fragment) if path.suffix == ".html" else ""  # a picture's says light or dark
            there = path.is_file() and (not fragment or fragment in ids(path))
            name = link.rstrip("/").rpartition("#")[2].rpartition("/")[2]
            assert there, f"{where(page, name)}: the link '{link}' leads nowhere; correct it"


def test_no_asset_names_another_host():
    for file in (path for path in (ROOT / "docs/assets").rglob("*") if path.suffix in (".css", ".js", ".svg")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            outside = re.search(r"(url\(|@import|import|fetch\(|src=|href=)[\s\"'(]*(https?:)?//", line)
            assert not outside, f"docs/assets/{file.name}:{number}: {line.strip()} asks another host; keep a copy here"


@pytest.mark.parametrize("page", PAGES)
def test_no_id_stands_twice_on_a_page(page):
    twice = [name for name, times in Counter(tag["id"] for tag in soup(page).select("[id]")).items() if times > 1]
    assert not twice, f"docs/{page}: the ids {twice} stand more than once; give each heading its own"


@pytest.mark.parametrize("page", PAGES)
def test_each_picture_has_its_place_before_it_comes(page):
    for image in soup(page).select("article img[src*='.png']"):
        path = SITE / address(page) / image["src"].partition("#")[0]
        with Image.open(path) as picture:
            width, height = picture.size
        assert (image.get("width"), image.get("height")) == (str(width), str(height)), (
            f"{where(page, path.name)}: write {{ loading=lazy width={width} height={height} }} behind the picture"
        )


@pytest.mark.parametrize("plot", sorted((ROOT / "docs/assets/load").glob("*.svg")), ids=lambda path: path.name)
def test_the_words_of_a_plot_are_readable_on_a_phone(plot):
    text = plot.read_text(encoding="utf-8")
    shown = 358 / float(re.search(r'viewBox="0 0 ([\d.]+)', text)[1])  # of 390 pixels, without the margins
    sizes = [float(size) * shown for size in re.findall(r"font(?:-size)?: ([\d.]+)px", text)]
    assert sizes and min(sizes) >= 11, (
        f"docs/assets/load/{plot.name}: {min(sizes):.1f} pixels; mend measure/load/plots.py"
    )


def published():
    """Each address that is published, as tests/site/addresses.txt has it: the page, and the section or nothing."""
    for number, line in enumerate((ROOT / "tests/site/addresses.txt").read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, *line.removeprefix("/").partition("#")[::2]


def test_each_published_address_leads_somewhere():
    for number, page, section in published():
        file = SITE / page / "index.html"
        assert file.is_file() and (not section or section in ids(file)), (
            f"tests/site/addresses.txt:{number}: others link to /{page}{'#' if section else ''}{section}, and it is gone; take it back, "
            "or put <div id='old-id'></div> before the heading that has its place"
        )


@pytest.mark.parametrize("page", PAGES)
def test_each_page_and_each_entry_of_an_error_is_published(page):
    known = {(page, section) for _, page, section in published()}
    wanted = [""]
    if page.startswith("errors-"):
        wanted += [heading["id"] for heading in soup(page).select("article h2[id]")]
    for section in wanted:
        assert (address(page), section) in known, (
            f"tests/site/addresses.txt: add the line /{address(page)}{'#' if section else ''}{section}, for it is a lasting address now"
        )
