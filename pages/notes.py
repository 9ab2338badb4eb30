"""Write the Markdown of evidence/ that pages include, from what was recorded: notes, the document's statements, tables.

scripts/build and scripts/serve run it: what a new test has not recorded yet says so by itself.
"""

import json
import re
import sys
from pathlib import Path

import yaml

from pages.claims import ROOT, claims, name_of_test, pages
from pages.menu import menu
from pages.tables import from_records, table

VERDICTS = ("true", "true with a condition", "not true as written")


def ran_on(seen, page):
    """The Djangos on which the claims of a page were recorded."""
    return [version["versions"]["Django"] for version in seen if version["seen"].get(page)]


def versions_and_day(seen, page):
    """What the claims of a page were recorded on, and when last, as "Django 5.2.19 and 6.1.3, on 2026-11-30"."""
    *others, last = ran_on(seen, page) or ["... (not recorded yet)"]
    days = [version["date"] for version in seen if version["seen"].get(page) and "date" in version]
    versions = f"{', '.join(others)} and {last}" if others else last
    return f"Django {versions}" + (f", on {max(days)}" if days else "")


def shown(seen, page, mark):
    """What a test saw, in Markdown: once where all versions of the page saw the same, else by version."""
    by_lines = {}
    for version in seen:
        if lines := version["seen"].get(page, {}).get(mark):
            by_lines.setdefault(tuple(lines), []).append(version["versions"]["Django"])
    if not by_lines:
        return "What its test saw is not recorded yet."
    if len(by_lines) == 1:
        ((lines, versions),) = by_lines.items()
        text = "; ".join(lines)
        alone = f" Seen on Django {', '.join(versions)} alone." if versions != ran_on(seen, page) else ""
        return f"{text[0].upper()}{text[1:]}.{alone}"
    return " ".join(
        f"Seen on Django {', '.join(versions)}: {'; '.join(lines)}." for lines, versions in by_lines.items()
    )


def note(seen, page, mark):
    """What a test saw, and which it is."""
    return f"{shown(seen, page, mark)} Test: `{name_of_test(page, mark)}`."


def footnotes(seen, page):
    """What the claims of a page ran on, its footnotes, and the place where they stand: search shows the sentences alone."""
    ran = f"The sentences with a number were run on {versions_and_day(seen, page)}."
    notes = "\n".join(f"[^{mark}]: {note(seen, page, mark)}\n" for mark in claims(page))
    place = "///Footnotes Go Here///"
    return f"{notes}\n<section data-search-exclude markdown>\n\n{ran}\n{{ .ran }}\n\n{place}\n\n</section>\n"


def ledger(seen):
    """Each statement of the document, the verdict, what the site says, and what was seen."""
    entries = yaml.load((ROOT / "tests/claims/ledger.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    counts = [f"{sum(entry['verdict'] == verdict for entry in entries)} {verdict}" for verdict in VERDICTS]
    lines = [f"The document makes {len(entries)} statements: {', '.join(counts)}.", ""]
    for entry in entries:
        lines += [f"1.  “{entry['document']}”", "", f"    **{entry['verdict'].capitalize()}.**", ""]
        for mark in entry["claims"]:
            claim = claims("index").get(mark)  # a test names a mark that is not there
            sentence = claim.sentence if claim else mark
            lines += [f"    - “{sentence}” ([where](index.md#fnref:{mark}))", ""]
            lines += [f"        {note(seen, 'index', mark)}", ""]
    return "\n".join(lines)


def versions(seen):
    """The table of what the claims ran on."""
    names = ["Django", "Python", "uvicorn", "daphne", "hypercorn"]
    return table(
        [*names, "recorded"], [[*(run["versions"][name] for name in names), run.get("date", "")] for run in seen]
    )


def errors(seen):
    """The messages of the pages errors-*.md in the menu's order, a list a page, each with a link to its entry."""
    parts = []
    for page in (page for part in menu().values() for page in part.values() if page.startswith("errors-")):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8", errors="replace")
        (title, _), *entries = re.findall(r"(?m)^##? (.+) \{ #([a-z0-9-]+) \}$", text) or [("", "")]
        lines = [f"- [{words}]({page}#{name})" for words, name in entries]
        parts += [f"## {title} {{ #{page.removesuffix('.md')} }}", "", *lines, ""]
    ran = versions_and_day(seen, "errors-start")
    return "\n".join([*parts, f"Each message was made to appear, and then cured, on {ran}.", "{ .ran }", ""])


def read(folder):
    """What was recorded in a folder: {name of a JSON file: its content}.

    Raises:
        SystemExit: A file is not JSON.
    """
    found = {}
    for path in sorted(Path(folder).glob("*.json")):
        try:
            found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            place = f"evidence/{path.name}:{getattr(error, 'lineno', 1)}"
            sys.exit(f"{place}: this is not JSON ({error}); take it back with git checkout evidence/{path.name}.")
    return found


def written(folder):
    """The Markdown that is made of the records in a folder: {name: text}."""
    records = read(folder)
    seen = [record for name, record in records.items() if name.startswith("django-")]
    notes = {f"{page}.md": footnotes(seen, page) for page in pages()}
    more = {"ledger.md": ledger(seen), "versions.md": versions(seen), "errors.md": errors(seen)}
    return notes | more | from_records(records)


def main(folder):
    """Write the Markdown beside the records of a folder; name what changed."""
    for name, text in written(folder).items():
        path = Path(folder) / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"Wrote evidence/{name}")


if __name__ == "__main__":
    main(ROOT / "evidence")
