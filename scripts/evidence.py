"""Make the pages of evidence/ from what the proofs saw: footnotes, the ledger, the versions, and what no proof checks.

Called by scripts/record; the tests call it too and compare.
"""

import functools
import html
import json
import sys
from pathlib import Path

import yaml
from bs4 import BeautifulSoup, Comment, NavigableString
from proofs import ROOT, module, pages, proofs, words
from server_pages import from_records

VERDICTS = ("true", "true with a condition", "not true as written")
KINDS = {
    "definition": "Definitions: what a word means on these pages",
    "advice": "Advice: what to do",
    "pointer": "Pointers: where to read on",
    "title": "Titles: headings, table heads and the names of boxes",
    "picture": "Words in pictures",
    "quote": "Quotes of the document, which a test compares with it",
    "frame": "Around the pages: menus, buttons, descriptions for search engines and screen readers",
}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = ("p", "li", "tr", "summary", "dt", "dd", "figcaption", "svg", *HEADINGS)
# Code is embedded or run, and so is what is made from sources and evidence.
LEFT_OUT = "pre, .highlight, .doc, .footnote, .evidence, .headerlink, .md-content__button, script, style"


def kind(element):
    """What a block without a mark says that it is, or None."""
    for parent in (element, *element.parents):
        for name in ("definition", "advice", "pointer", "title"):
            if name in parent.get("class", []):
                return name
    if element.name == "svg":
        return "picture"
    if element.name == "summary" and "original" in element.parent["class"]:
        return "quote"
    if (
        element.name in (*HEADINGS, "summary", "dt")
        or element.find_parent("thead")
        or "admonition-title" in element.get("class", [])
    ):
        return "title"
    return None


@functools.cache
def blocks(page):
    """List (kind or None, [(words, mark or None), ...]) for each piece of prose on a built page, in its order.

    The words go from the mark before, or from the beginning of the block, to the mark.
    """
    article = built(page)
    for element in article.select(LEFT_OUT):
        element.decompose()
    texts = {}
    for node in article.descendants:
        block = node.find_parent(BLOCKS) or article
        block = node.find_parent("svg") or block
        pieces = texts.setdefault(id(block), (block, [["", None]]))[1]
        if node.name == "a" and "footnote-ref" in node.get("class", []):
            pieces[-1][1] = node["href"].removeprefix("#fn:")
            pieces.append(["", None])
        elif (
            isinstance(node, NavigableString)
            and not isinstance(node, Comment)
            and not node.find_parent(class_="footnote-ref")
        ):
            pieces[-1][0] += node
    said = (
        (kind(block), [(words(text), mark) for text, mark in pieces if mark or words(text)])
        for block, pieces in texts.values()
    )
    return [(what, pieces) for what, pieces in said if pieces]


def built(page):
    """The built page of a Markdown file below docs/, parsed."""
    folder = "" if page == "index.md" else page.removesuffix("index.md").removesuffix(".md")
    return BeautifulSoup((ROOT / "site" / folder / "index.html").read_bytes(), "html.parser").article


def frame():
    """The words that stand around the built pages, once each: menus, buttons, titles, descriptions, names of pictures."""
    found = {}
    for file in sorted((ROOT / "site").rglob("*.html")):
        page = BeautifulSoup(file.read_bytes(), "html.parser")
        for part in page.select("script, style, .md-nav--secondary, .md-content__button, a.autorefs"):
            part.decompose()
        texts = [tag["content"] for tag in page.select("meta[name=description]")]
        for name in ("alt", "title", "aria-label", "placeholder"):
            texts += [tag[name] for tag in page.select(f"[{name}]")]
        for part in page.select(".md-content article:has(h1[id])"):
            part.decompose()
        texts += page.html.find_all(string=lambda text: type(text) is NavigableString)
        found |= dict.fromkeys(map(words, texts))
    return [text for text in found if text and not text.startswith("Jump back to footnote")]


def shown(seen, page, mark):
    """What a proof saw, in Markdown: once where all versions saw the same, else by version."""
    by_lines = {}
    for version in seen:
        by_lines.setdefault(tuple(version["seen"][page][mark]), []).append(version["versions"]["Django"])
    if len(by_lines) == 1:
        ((lines, versions),) = by_lines.items()
        return f"{sentence(lines)} Seen on Django {', '.join(versions)}."
    return " ".join(
        f"Seen on Django {', '.join(versions)}: {'; '.join(lines)}." for lines, versions in by_lines.items()
    )


def sentence(lines):
    text = "; ".join(lines)
    return f"{text[0].upper()}{text[1:]}."


def link(page, mark):
    return f"[Test][{module(page).with_suffix('').as_posix().replace('/', '.')}.test_{mark.replace('-', '_')}]"


def versions(seen):
    """The table of what the proofs ran on."""
    names = ["Django", "Python", "uvicorn", "daphne", "hypercorn"]
    rows = [names, ["---"] * len(names), *([run["versions"][name] for name in names] for run in seen)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def footnotes(seen, page):
    """The footnotes of a page, and the place where they stand: search shows the sentences, not these."""
    notes = "\n".join(f"[^{mark}]: {shown(seen, page, mark)} {link(page, mark)}\n" for mark in proofs(page))
    return f"{notes}\n<section data-search-exclude markdown>\n\n///Footnotes Go Here///\n\n</section>\n"


def ledger(seen):
    """The ledger: each statement of the document, the verdict, what the site says, and what was seen."""
    entries = yaml.load((ROOT / "tests/statements/ledger.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    counts = [f"{sum(entry['verdict'] == verdict for entry in entries)} {verdict}" for verdict in VERDICTS]
    lines = [f"The document makes {len(entries)} statements: {', '.join(counts)}.", ""]
    for entry in entries:
        lines += [f"1.  “{entry['document']}”", "", f"    **{entry['verdict'].capitalize()}.**", ""]
        for mark in entry["proofs"]:
            lines += [
                f"    - “{proofs('index')[mark].sentence}” ([where](index.md#fnref:{mark}))",
                "",
                f"        {shown(seen, 'index', mark)} {link('index', mark)}",
                "",
            ]
    return "\n".join(lines)


def unchecked(seen):
    """What stands on the built pages without a proof, by kind, in HTML."""
    found, marked = {name: {} for name in KINDS}, 0
    for path in sorted((ROOT / "docs").rglob("*.md")):
        page = path.relative_to(ROOT / "docs").as_posix()
        for what, pieces in blocks(page):
            marked += sum(bool(mark) for _, mark in pieces)
            if what and all(mark is None for _, mark in pieces):
                found[what].setdefault(f"docs/{page}", []).append(pieces[0][0])
    total = sum(len(texts) for by_page in found.values() for texts in by_page.values())
    found["frame"]["mkdocs.yml, overrides/ and the theme"] = frame()
    proved = {(page, mark) for page in pages() for mark in proofs(page)}
    failed = [{(page, mark) for page, marks in run["failed"].items() for mark in marks} for run in seen]
    lines = [
        f"{marked} statements carry a mark. {len(proved)} proofs were run for them, and "
        f"{len(proved.intersection(*failed))} of these were also seen to fail where their sentence is false. "
        f"{total} blocks are no statement about software; here they are, by kind.",
        "",
    ]
    for name, title in KINDS.items():
        count = sum(map(len, found[name].values()))
        lines += [f'??? info "{title} ({count})"', ""]
        for page, texts in found[name].items():
            items = "".join(f"<li>{html.escape(text)}</li>" for text in texts)
            lines += [f"    <p><code>{page}</code></p><ul>{items}</ul>", ""]
    return "\n".join(lines)


def read(folder):
    """What the proofs saw, a dictionary for each Django, the oldest first."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).glob("django-*.json"))]


def from_proofs(folder):
    """The pages of evidence that come from what the proofs saw: {name: text}."""
    seen = read(folder)
    footnotes_of = {f"{page}.md": footnotes(seen, page) for page in pages()}
    return footnotes_of | {"ledger.md": ledger(seen), "versions.md": versions(seen)} | from_records(folder)


def main(what, folder):
    """Write the pages that come from the proofs, or those that come from the built site, into a folder."""
    for name, text in (from_proofs(folder) if what == "proofs" else {"unchecked.md": unchecked(read(folder))}).items():
        (Path(folder) / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
