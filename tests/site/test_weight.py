"""The pages are light: as they are built, and as they were weighed beside others."""

import json

import pytest
from built import PAGES, ROOT, SITE, address
from weight_pages import medians

from tests.weight import sizes

# The most bytes that a first view needs besides the page's own text. GitHub Pages compresses with gzip.
BESIDES = {"brotli": 12_000, "gzip": 14_000}
WHOLE, REQUESTS = 23_000, 6  # bytes in all, and what a browser asks for at the first view
MENU_OF_ALL = "proofs.md"  # its menu names each proof
# Times the LCP of bare HTML with the same words; the second round trip, for more than 14.6 kB, is a quarter alone.
LCP = {"brotli": 1.25, "gzip": 1.35}


@pytest.fixture(scope="module")
def recorded():
    path = ROOT / "evidence/weight.json"
    assert path.exists(), "evidence/weight.json is missing; run scripts/record weight"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.recorded
@pytest.mark.parametrize("encoding", sizes.ENCODINGS)
def test_the_first_page_is_within_its_limits(encoding):
    """What is not the page's own text, the whole, and the requests keep their limits."""
    view = sizes.first_view(SITE, "index.html", encoding)
    assert view["besides"] <= BESIDES[encoding], (
        f"docs/index.md: {view['besides']} bytes besides its text, {encoding}: {view}"
    )
    assert view["whole"] < WHOLE, f"docs/index.md: {view['whole']} bytes in all, with {encoding}: {view}"
    assert view["requests"] <= REQUESTS, f"docs/index.md: {view['requests']} requests: {view}"


@pytest.mark.recorded
@pytest.mark.parametrize("page", [page for page in PAGES if page != MENU_OF_ALL])
def test_each_page_is_light_besides_its_text(page):
    """What is not a page's own text is as light as a whole first page may be, or lighter."""
    view = sizes.first_view(SITE, f"{address(page)}index.html", "gzip")
    assert view["besides"] < WHOLE, f"docs/{page}: {view['besides']} bytes besides its text: {view}"
    assert view["requests"] <= REQUESTS, f"docs/{page}: {view['requests']} requests: {view}"


@pytest.mark.parametrize("encoding", sizes.ENCODINGS)
def test_the_record_holds_what_was_aimed_at(recorded, encoding):
    """This site is lighter than Furo, does not shift, scores 100, and shows its text nearly as soon as bare HTML."""
    found = medians(recorded, encoding)
    ours = found["ours"]
    assert ours["bytes"] < found["furo"]["bytes"], f"{ours['bytes']} bytes, and Furo has {found['furo']['bytes']}"
    assert ours["CLS"] == 0, f"the page shifts by {ours['CLS']}"
    assert ours["performance"] == 100, f"the performance is {ours['performance']}"
    ratio = ours["LCP"] / found["bare-ours"]["LCP"]
    assert ratio <= LCP[encoding], f"LCP is {ratio:.2f} times that of bare HTML"


def test_a_reader_fetches_the_same_with_each_encoding(recorded):
    """As many requests, and with brotli fewer bytes: none was counted a step too late."""
    brotli, gzip = (
        {row["site"]: row for row in recorded["second"] if row["encoding"] == encoding} for encoding in sizes.ENCODINGS
    )
    assert brotli.keys() == gzip.keys()
    for site, row in brotli.items():
        for step in ("first view", "first move", "second page"):
            assert row[f"{step} requests"] == gzip[site][f"{step} requests"], f"{site}, {step}: {row}, {gzip[site]}"
            assert row[f"{step} bytes"] <= gzip[site][f"{step} bytes"], f"{site}, {step}: {row}, {gzip[site]}"


def test_what_is_in_a_page_is_told_apart(tmp_path):
    """A style sheet and a picture of the frame count, a lazy picture does not, and an article's picture is its own."""
    (tmp_path / "own.png").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "style.css").write_text("a{color:red}" * 100)
    html = """<!doctype html><head><link rel=stylesheet href=style.css><link rel=canonical href=/gone></head>
        <body class=a><nav>menu</nav><article><p>words <img src=own.png><img loading=lazy src=gone.png></article>"""
    (tmp_path / "index.html").write_text(html + "</article><footer>end</footer>")
    view = sizes.first_view(tmp_path, "index.html", "gzip")
    css, picture = sizes.compressed((tmp_path / "style.css").read_bytes(), "gzip", "style.css"), 1024
    assert (view["requests"], view["others"]) == (2, css)
    page = sizes.compressed((tmp_path / "index.html").read_bytes(), "gzip")
    assert view["whole"] == page + css + picture and css < view["besides"] < page + css
    rows = sizes.parts(tmp_path, "index.html", "gzip")
    assert sum(rows.values()) - rows["whole"] == rows["whole"] == page + css
