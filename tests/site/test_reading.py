"""The Markdown copies say what the pages say, and the lists name each of them."""

import copy
import functools
import re
from collections import Counter
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from built import PAGES, SITE, address, content, soup
from markdown_it import MarkdownIt
from menu import menu, settings
from reading import TOO_LONG, read
from test_links import ids

NAV = [page for part in menu().values() for page in part.values()]
HOME = soup("index.md").find("link", rel="canonical")["href"]
MARK = r"\[\^[\w-]+\]"
EACH = [pytest.param(page, marks=[pytest.mark.recorded] if page == TOO_LONG else []) for page in PAGES]
COMMONMARK = MarkdownIt().enable("table")


@functools.cache
def copied(page):
    """The Markdown copy of a page, without its description and its address."""
    title, description, url, text = (SITE / address(page) / "index.md").read_text(encoding="utf-8").split("\n\n", 3)
    assert description == f"> {soup(page).find('meta', attrs={'name': 'description'})['content']}"
    assert url == f"<{HOME}{address(page)}>"
    return f"{title}\n\n{text}"


@functools.cache
def tokens(page):
    """The parts of a copy, as CommonMark has them, each before what is in it."""
    return [part for token in COMMONMARK.parse(copied(page)) for part in (token, *(token.children or ()))]


def solid(text):
    """The text without white space, which HTML and Markdown set in their own ways."""
    return re.sub(r"\s", "", text)


def copied_part(page):
    """What a copy has of a page: without the numbers beside the code, and the words in a picture that is described."""
    article = copy.copy(soup(page).article)
    for tag in article.select(
        ".linenos, .doc-labels, .headerlink, .md-content__button, .footnote-backref, sup:has(.footnote-ref)"
    ):
        tag.decompose()
    for picture in article.select("svg"):
        picture.replace_with(f"{picture.title.get_text()}: {picture.desc.get_text()}")
    return article


def test_each_page_has_a_copy_and_says_so():
    assert sorted(NAV) == PAGES
    for page in PAGES:
        assert (SITE / address(page) / "index.md").is_file(), f"docs/{page} has no copy; see scripts/publish/reading.py"
        links = soup(page).select('link[type="text/markdown"][href="index.md"], article > a[href="index.md"]')
        assert [link["title"] for link in links] == ["This page as Markdown"] * 2, f"docs/{page} does not name its copy"


@pytest.mark.parametrize("page", EACH)
def test_a_copy_has_the_headings_and_the_words_of_its_page_in_order(page):
    article = copied_part(page)
    rendered = BeautifulSoup(COMMONMARK.render(re.sub(r"(?m)^:   ", "", copied(page))), "html.parser")
    for text in rendered.find_all(string=re.compile(MARK)):
        if not text.find_parent(["code", "pre"]):
            text.replace_with(re.sub(rf"^{MARK}: |{MARK}", "", text))
    for text in rendered.find_all(string=re.compile(r"^, from line \d+:$")):
        text.extract()
    heads = "h1, h2, h3, h4, h5, h6"
    found, wanted = ([(tag.name, solid(tag.get_text())) for tag in tree.select(heads)] for tree in (rendered, article))
    assert found == wanted, f"site/{address(page)}index.md has other headings than its page"
    assert solid(rendered.get_text()) == solid(article.get_text()), f"site/{address(page)}index.md has other words"


@pytest.mark.parametrize("page", EACH)
def test_a_copy_has_each_block_of_code_byte_for_byte_below_its_files_name(page):
    fences = [token for token in tokens(page) if token.type == "fence"]
    wanted = [block.get_text().removesuffix("\n") + "\n" for block in content(page).select("pre:not(.linenodiv pre)")]
    assert [fence.content for fence in fences] == wanted, f"site/{address(page)}index.md has other code than its page"
    assert all(fence.info for fence in fences), f"site/{address(page)}index.md has code without its language"
    names = re.findall(r"(?m)^[> ]*`([^`]+)`, from line \d+:\n[> ]*\n[> ]*```", copied(page))
    assert names == [name.get_text() for name in content(page).select("span.filename")]


@pytest.mark.parametrize("page", EACH)
def test_a_copy_has_no_html_and_nothing_of_the_themes_own(page):
    assert [token.content for token in tokens(page) if token.type.startswith("html")] == []
    assert re.findall("\0|¶|↩|Copy to clipboard", copied(page)) == []


def test_each_link_of_the_copies_leads_to_a_part_of_the_site():
    for page in PAGES:
        targets = {token.attrs.get("href") or token.attrs.get("src") for token in tokens(page)} - {None}
        for target in targets:
            assert urlsplit(target).scheme, f"site/{address(page)}index.md: the link {target} is not absolute"
            if target.startswith(HOME):
                path, _, fragment = unquote(target.removeprefix(HOME)).partition("#")
                path = SITE / path / "index.html" if (SITE / path).is_dir() else SITE / path
                there = path.is_file() and (not fragment or fragment in ids(path))
                assert there, f"site/{address(page)}index.md: the link {target} leads nowhere"


@pytest.mark.parametrize(
    "nav",
    ["[index.md]", "[Name: index.md]", "[Part: ]", "[Part: [index.md]]", "[Part: [Part: [Name: index.md]]]", ""],
)
def test_a_menu_of_another_form_is_said_with_its_cure(tmp_path, nav):
    file = tmp_path / "mkdocs.yml"
    file.write_text(f"nav: {nav}\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="mkdocs.yml: nav: write a part, '- Part:', and its pages below it"):
        menu(file)


def test_llms_txt_lists_each_page_once_in_the_order_of_the_nav():
    head, *sections = (SITE / "llms.txt").read_text(encoding="utf-8").split("\n## ")
    said = settings()
    assert head.startswith(f"# {said['site_name']}\n\n> {said['site_description']}\n\n")
    assert f"({HOME}llms-full.txt)" in head
    listed = {
        name: re.findall(r"(?m)^- \[(.+)\]\((.+)\): .+$", links)
        for name, _, links in (section.partition("\n") for section in sections)
    }
    wanted = {
        name: [(title, f"{HOME}{address(page)}index.md") for title, page in pages.items()]
        for name, pages in menu().items()
    }
    assert listed == wanted, "site/llms.txt lists other pages than the nav"


def test_llms_full_txt_has_each_copy_and_each_mark_has_one_definition():
    whole = (SITE / "llms-full.txt").read_text(encoding="utf-8")
    place = 0
    for page in NAV:
        if page != TOO_LONG:
            text = (SITE / address(page) / "index.md").read_text(encoding="utf-8")
            found = whole.replace(f"[^{page.removesuffix('.md')}.", "[^").find(f"\n{text}")
            assert found > place, f"site/llms-full.txt has docs/{page} not at all, or not in its place"
    defined = Counter(re.findall(r"(?m)^\[\^([\w.-]+)\]: ", whole))
    used = Counter(re.findall(r"\[\^([\w-]+\.[\w-]+)\]", whole)) - defined
    assert set(defined.values()) == {1} and defined.keys() == used.keys(), "a mark has no definition there, or two"


def test_a_folder_without_pages_is_said_with_its_cure(tmp_path):
    with pytest.raises(SystemExit, match="index.html is not there; give the folder that mkdocs build wrote"):
        read(tmp_path / "index.html")
    (tmp_path / "index.html").write_text("<p>Hello")
    with pytest.raises(SystemExit, match="index.html has no article with a heading"):
        read(tmp_path / "index.html")
