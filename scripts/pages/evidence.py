"""Make the pages of evidence/ from what was recorded: footnotes, the ledger, the versions, the tables.

Called by scripts/build and scripts/serve: what a new test has not recorded yet says so by itself.
"""

import html
import json
import re
import sys
from pathlib import Path

import yaml
from menu import address, menu
from proofs import ROOT, module, pages, proofs
from server_pages import from_records, table
from weight_pages import from_weights

VERDICTS = ("true", "true with a condition", "not true as written")
DIFFERS = {"where": "where", "mkdocs": "MkDocs", "zensical": "Zensical", "why": "why"}


def shown(seen, page, mark):
    """What a proof saw, in Markdown: once where all versions saw the same, else by version."""
    by_lines = {}
    for version in seen:
        if lines := version["seen"].get(page, {}).get(mark):
            by_lines.setdefault(tuple(lines), []).append(version["versions"]["Django"])
    if not by_lines:
        return "What its test saw is not recorded yet."
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
    return table(names, [[run["versions"][name] for name in names] for run in seen])


def ends():
    """The table of the days on which the support of each version ends."""
    rows = []
    for name, entries in yaml.safe_load((ROOT / "tests/versions/ends.yml").read_text(encoding="utf-8")).items():
        source = entries.pop("source")
        for version, entry in entries.items():
            day = f"{entry['ends'].day} {entry['ends']:%B %Y}"
            rows.append([f"{name} {version}", f"[{day}]({source})", entry.get("then", "")])
    return table(["Version", "Supported until", "Then"], rows)


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


def in_order():
    """The pages of the menu, in its order: their text and their headings, (words, id), the page's own first, by page.

    A page that is not there, or whose headings have no id, is left out: MkDocs and the tests name it.
    """
    found = {}
    for page in (page for part in menu().values() for page in part.values()):
        path = ROOT / "docs" / page
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if headings := re.findall(r"(?m)^##? (.+) \{ #([a-z0-9-]+) \}$", text):
            found[page] = text, headings
    return found


def errors():
    """The messages of the pages errors-*.md in the menu's order, a list a page, each with a link to its entry."""
    parts = []
    for page, (_, ((title, _), *entries)) in in_order().items():
        if page.startswith("errors-"):
            lines = [f"- [{words}]({page}#{name})" for words, name in entries]
            parts += [f"## {title} {{ #{page.removesuffix('.md')} }}", "", *lines, ""]
    return "\n".join(parts)


def links():
    """The addresses of the pages and their sections, below each page a sentence with a link for it and for each section."""
    parts = []
    for page, (text, ((title, _), *sections)) in in_order().items():
        if page == "proofs.md":  # its sections are tests
            continue
        description = re.search(r"(?m)^description: (.*)$", text)[1]
        to = f"/{address(page)}"
        lines = [f"[{title}]({page}): {description} `{to}`"]
        lines += [f"Read [{words}]({page}#{name}) in “{title}”. `{to}#{name}`" for words, name in sections]
        summary = title.replace("`", "").replace('"', "&quot;")
        parts += [f'??? link "{summary}"', "", *(f"    - {line}" for line in lines), ""]
    return "\n".join(parts)


def next_builder():
    """The table of what differs between the two builders' sites, as tests/site/zensical.yml lists it."""
    entries = yaml.safe_load((ROOT / "tests/site/zensical.yml").read_text(encoding="utf-8"))
    plain = str.maketrans({mark: f"&#{ord(mark)};" for mark in "|_*"})
    rows = [[html.escape(entry[name]).translate(plain) or "nothing" for name in DIFFERS] for entry in entries]
    return table([*DIFFERS.values()], rows)


def read(folder):
    """What the proofs saw, a dictionary for each Django, the oldest first."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).glob("django-*.json"))]


def from_proofs(folder):
    """The pages of evidence that come from what the proofs saw: {name: text}."""
    seen = read(folder)
    footnotes_of = {f"{page}.md": footnotes(seen, page) for page in pages()}
    return (
        footnotes_of
        | {
            "ledger.md": ledger(seen),
            "versions.md": versions(seen),
            "ends.md": ends(),
            "errors.md": errors(),
            "link.md": links(),
            "zensical.md": next_builder(),
        }
        | from_records(folder)
        | from_weights(folder)
    )


def main(folder):
    """Write the pages that are made from what was recorded in a folder, into that folder; name those that changed."""
    for name, text in from_proofs(folder).items():
        path = Path(folder) / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"Wrote evidence/{name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
