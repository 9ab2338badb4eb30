"""Every link, anchor, image and footnote on the site leads somewhere, in raw HTML too."""

import csv
import re
import subprocess
import sys
from collections import Counter
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from built import PAGES, ROOT, SITE, address, soup, where

# As root, LinkChecker becomes nobody, who may not read what is left to import.
LINKCHECKER = "from linkcheck.command import linkchecker as it; it.drop_privileges = lambda: None; it.linkchecker()"


def test_each_link_anchor_image_and_file_is_there(site_url, tmp_path):
    settings = tmp_path / "linkcheckerrc"
    settings.write_text("[AnchorCheck]\n[checking]\nmaxrequestspersecond=1000\n")
    run = subprocess.run(
        [sys.executable, "-c", LINKCHECKER, f"--config={settings}", "--no-robots", "--no-status", "--verbose", "--threads=1",
         "--output=csv", site_url, f"{site_url}404.html", *(site_url + address(page) for page in PAGES)],
        capture_output=True, text=True,
    )  # fmt: skip
    rows = list(csv.DictReader((line for line in run.stdout.splitlines() if not line.startswith("# ")), delimiter=";"))
    checked = {urlsplit(row["parentname"]).path for row in rows}
    assert {urlsplit(site_url + address(page)).path for page in PAGES} <= checked, run.stdout + run.stderr
    pages = {site_url + address(page): page for page in PAGES}
    dead = []
    for row in rows:
        if row["valid"] == "False" or row["warningstring"]:
            link, page = unquote(row["urlname"]), pages.get(row["parentname"])
            name = link.rstrip("/").rpartition("#")[2].rpartition("/")[2]
            place = where(page, name) if page else row["parentname"]
            dead.append(
                f"{place}: the link '{link}' leads nowhere ({row['warningstring'] or row['result']}); correct it"
            )
    assert not dead, "\n".join(dead)


def test_no_asset_names_another_host():
    for file in (ROOT / "docs/assets").iterdir():
        for number, line in enumerate(file.read_text().splitlines(), 1):
            outside = re.search(r"(url\(|@import|import|fetch\(|src=|href=)[\s\"'(]*(https?:)?//", line)
            assert not outside, f"docs/assets/{file.name}:{number}: {line.strip()} asks another host; keep a copy here"


@pytest.mark.parametrize("page", PAGES)
def test_no_id_stands_twice_on_a_page(page):
    twice = [name for name, times in Counter(tag["id"] for tag in soup(page).select("[id]")).items() if times > 1]
    assert not twice, f"docs/{page}: the ids {twice} stand more than once; give each heading its own"


def test_the_sitemap_and_the_canonical_links_name_the_same_addresses():
    listed = {element.text for element in ElementTree.parse(SITE / "sitemap.xml").findall(".//{*}loc")}
    canonical = {soup(page).find("link", rel="canonical")["href"] for page in PAGES}
    assert canonical == listed
