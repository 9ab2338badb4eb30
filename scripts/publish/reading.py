"""Write the built pages as Markdown: a copy beside each page, llms.txt with their list, llms-full.txt with their text.

Run it after ``mkdocs build``: ``reading.py SITE_FOLDER``. A page that cannot be read ends it with a message and 1.
"""

import re
import sys
from pathlib import Path
from textwrap import indent
from urllib.parse import urldefrag, urljoin

from bs4 import BeautifulSoup
from markdownify import MarkdownConverter
from menu import address, menu, settings

TOO_LONG = "proofs.md"  # the source of some hundred tests; llms-full.txt names its copy
LEFT_OUT = ".headerlink, .md-content__button, .doc-labels, .footnote-backref, img[src$='#only-dark']"
# Stands before each mark of a footnote. A copy has nothing in its place, llms-full.txt the page's name: without it the
# same mark on two pages would have two definitions there.
PAGE = "\0"


class Converter(MarkdownConverter):
    """markdownify, with footnotes, code as it stands, and no more backslashes than Markdown needs."""

    def escape(self, text, parent_tags):
        text = re.sub(r"[\\`*\[\]<]|\b_\B|\B_\b|&(?=#?\w+;)", r"\\\g<0>", text)
        # An item that begins with a number and a full stop would be a list in the list.
        return re.sub(r"^(\d+)\.(?=\s)", r"\1\\.", text) if "li" in parent_tags else text

    def convert_pre(self, el, text, parent_tags):
        code = el.get_text()
        frame = el.find_parent(class_=re.compile("^language-"))
        language = frame["class"][0].removeprefix("language-") if frame else "python"  # a proof's source has no frame
        fence = "`" * (1 + max([2, *map(len, re.findall("`+", code))]))
        return f"\n\n{fence}{language}\n{code.removesuffix(chr(10))}\n{fence}\n\n"

    def convert_sup(self, el, text, parent_tags):
        return f"[^{PAGE}{el['id'].partition(':')[2]}]" if el.get("id", "").startswith("fnref") else text

    def convert_td(self, el, text, parent_tags):
        return super().convert_td(el, text.replace("|", r"\|"), parent_tags)

    convert_th = convert_td


def to_markdown(tag):
    # Each paragraph on one line: no line of it can begin like a list or a heading.
    return Converter(heading_style="atx", bullets="-", wrap=True, wrap_width=None).convert_soup(tag).strip()


def simplify(article, url):
    """Turn what the theme made of the author's text into plain HTML.

    Args:
        article: the part of the page that the author wrote; it is changed.
        url: the page's address, which its links start from.
    """
    new = BeautifulSoup("", "html.parser").new_tag
    for tag in article.select(LEFT_OUT):
        tag.decompose()
    for link in article.select("a[href]"):
        link.attrs = {"href": urljoin(url, link["href"])}
    for image in article.select("img"):
        image["src"] = urldefrag(urljoin(url, image["src"]))[0]
    for picture in article.select("svg"):
        words = new("p", string=f"{picture.title.get_text()}: {picture.desc.get_text()}")
        picture.replace_with(words)
    for frame in article.select("details, .admonition"):
        frame.name = "blockquote"
        head = frame.select_one("summary, .admonition-title")
        head.name = "strong"
        head.wrap(new("p"))
    for table in article.select(".highlighttable"):
        first = table.select_one(".linenos").get_text().split()[0]
        above = new("p")
        above.extend([new("code", string=table.select_one(".filename").get_text()), f", from line {first}:"])
        table.replace_with(above, table.select_one(".code pre"))


def read(file):
    """Read a built page.

    Args:
        file: its HTML.

    Returns:
        Its address, its description, and its copy in Markdown, in which PAGE stands before the mark of each footnote.

    Raises:
        SystemExit: the file is not there, or is no page of the site.
    """
    if not file.is_file():
        sys.exit(f"{file} is not there; give the folder that mkdocs build wrote, and correct the nav in mkdocs.yml.")
    soup = BeautifulSoup(file.read_bytes(), "html.parser")
    canonical, description = soup.select_one("link[rel=canonical]"), soup.select_one("meta[name=description]")
    if not (soup.article and soup.h1 and canonical and description):
        sys.exit(f"{file} has no article with a heading, an address and a description; build it with mkdocs build.")
    url = canonical["href"]
    simplify(soup.article, url)
    notes = []
    for list_ in soup.select(".footnote"):
        for note in list_.extract().select("li[id^='fn:']"):
            note.name = "div"
            notes.append(f"[^{PAGE}{note['id'].removeprefix('fn:')}]: {indent(to_markdown(note), '    ').strip()}")
    head, _, text = to_markdown(soup.article).partition("\n\n")
    words = description["content"]
    return url, words, "\n\n".join([head, f"> {words}", f"<{url}>", text, *notes]) + "\n"


def main(site):
    """Write the copies and both lists into the folder of a built site."""
    said = settings()
    home = said["site_url"]
    head = f"# {said['site_name']}\n\n> {said['site_description']}\n\n"
    index, whole = [f"{head}All of it in one file: [llms-full.txt]({urljoin(home, 'llms-full.txt')})\n"], []
    for part, pages in menu().items():
        index.append(f"\n## {part}\n\n")
        for label, page in pages.items():
            folder = site / address(page)
            url, description, text = read(folder / "index.html")
            (folder / "index.md").write_text(text.replace(PAGE, ""), encoding="utf-8")
            index.append(f"- [{label}]({urljoin(url, 'index.md')}): {description}\n")
            if page == TOO_LONG:
                head += f"{label} are not in this file: [{label}]({urljoin(url, 'index.md')})\n\n"
            else:
                whole.append(text.replace(PAGE, f"{page.removesuffix('.md').replace('/', '.')}."))
    (site / "llms.txt").write_text("".join(index), encoding="utf-8")
    (site / "llms-full.txt").write_text(head + "\n---\n\n".join(["", *whole]).lstrip("\n"), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
