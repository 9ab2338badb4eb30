"""Write the Markdown of evidence/ that pages include, from what was recorded: notes, the document's statements, tables.

scripts/build and scripts/serve run it: what a new test has not recorded yet says so by itself.
"""

import json
import re
import sys
from pathlib import Path

import yaml

from pages.claims import ROOT, claims, module, pages
from pages.menu import menu
from pages.tables import from_records, table

LEDGER = "tests/claims/ledger.yml"
VERDICTS = ("true", "true with a condition", "not true as written")
WIDTH, WIDTH_OF_VALUE = 240, 64  # characters: a line on a screen, and what a tooltip can hold
LISTED = re.compile(r"\s*([-*]|\d+\.|i+\.)\s")
FOLDED = """\
<section data-search-exclude markdown>

??? tested "✓ was run on {ran}. Open to see what came out."

    The tests are in `{module}`, and all that they saw is in `evidence/`.

    ///Footnotes Go Here///

</section>

{notes}"""


def ran_on(seen, page):
    """The Djangos on which the claims of a page were recorded."""
    return [version["versions"]["Django"] for version in seen if version["seen"].get(page)]


def versions_and_day(seen, page):
    """What the claims of a page were recorded on, and when last, as "Django 5.2.19 and 6.1.3, on 2026-11-30"."""
    *others, last = ran_on(seen, page) or ["... (not recorded yet)"]
    days = [version["date"] for version in seen if version["seen"].get(page) and "date" in version]
    versions = f"{', '.join(others)} and {last}" if others else last
    return f"Django {versions}" + (f", on {max(days)}" if days else "")


def line(seen):
    """What a test saw, in a line: what was run → what came out, without the end of what is long, and as many as fit."""
    kept = []
    for one in seen:
        text = re.sub(r": `([^`]+)`$", lambda value: f" → `{shortened(value[1])}`", one)
        if kept and len("; ".join([*kept, text])) > WIDTH:
            return f"{'; '.join(kept)}; and {len(seen) - len(kept)} more in the record"
        kept.append(text)
    return "; ".join(kept)


def shortened(value):
    """A value without its end, if it is long: cut between words, or in a long word."""
    if len(value) <= WIDTH_OF_VALUE:
        return value
    begun = value[: WIDTH_OF_VALUE - 2]
    return f"{begun.rsplit(' ', 1)[0] if ' ' in begun[WIDTH_OF_VALUE // 2 :] else begun} …"


def note(seen, page, mark):
    """What a test saw, in a line: of the newest Django, and on which others it saw something else."""
    by_lines = {}
    for version in seen:
        if lines := version["seen"].get(page, {}).get(mark):
            by_lines.setdefault(tuple(lines), []).append(version["versions"]["Django"])
    if not by_lines:
        return "What its test saw is not recorded yet."
    *others, (lines, versions) = by_lines.items()
    text = line(lines)
    alone = f" (Django {', '.join(versions)})" if versions != ran_on(seen, page) and not others else ""
    differ = f" (on Django {', '.join(name for _, names in others for name in names)} otherwise)" if others else ""
    return f"{text[0].upper()}{text[1:]}{alone}{differ}."


def footnotes(seen, page):
    """The notes of a page in its order, folded: what the claims ran on and where the tests are, then what each saw."""
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    marks = sorted(claims(page), key=lambda mark: text.find(f"[^{mark}]"))
    notes = "\n".join(f"[^{mark}]: {note(seen, page, mark)}\n" for mark in marks)
    return FOLDED.format(notes=notes, ran=versions_and_day(seen, page), module=module(page).as_posix())


def entries(text, marks):
    """The document's statements in a ledger, as dictionaries: document, verdict, claims, and why if it was changed.

    Args:
        text: The ledger, in YAML.
        marks: The marks of the first page.

    Raises:
        SystemExit: An entry is not as the others; the message names the line where it begins.
    """
    try:
        found = yaml.load(text, yaml.BaseLoader)
    except yaml.YAMLError as error:
        sys.exit(f"{LEDGER}:{error.problem_mark.line + 1}: this is not YAML; write the entry as those above.")
    begins = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("- ")]
    for line, entry in zip(begins, found, strict=True):
        unknown = [mark for mark in entry.get("claims", []) if mark not in marks]
        if entry.keys() - {"why"} != {"document", "verdict", "claims"}:
            wrong = f"an entry has document, verdict, claims and perhaps why; this one has {', '.join(entry)}"
        elif entry["verdict"] not in VERDICTS:
            wrong = f"the verdict is {entry['verdict']}; write one of: {', '.join(VERDICTS)}"
        elif unknown:
            wrong = f"docs/index.md has no mark [^{unknown[0]}]; write one that it has"
        elif ("why" in entry) == (entry["verdict"] == "true"):
            wrong = "a statement has a why if it is not true as written, and none if it is; add it, or take it away"
        elif entry.get("why", entry["claims"][0]) not in entry["claims"]:
            wrong = f"why is {entry['why']}, which is none of its claims; write one of: {', '.join(entry['claims'])}"
        else:
            continue
        sys.exit(f"{LEDGER}:{line}: {wrong}.")
    return found


def statement(entry):
    """A statement of the document as a cell of a table. A part of a sentence begins with an ellipsis."""
    return f"{'' if entry['document'][0].isupper() else '… '}{entry['document']}"


def reason(mark):
    """The sentence of the first page that says why a statement is changed, with the way there."""
    return f"{claims('index')[mark].sentence} [In the text](index.md#fnref:{mark})"


def ledger(statements):
    """The document's statements that the site changed: each with its verdict and the reason."""
    changed = [
        [statement(entry), entry["verdict"].capitalize(), reason(entry["why"])]
        for entry in statements
        if "why" in entry
    ]
    return (
        table(["The document says", "Verdict", "Why"], changed)
        + f"\nThe other {len(statements) - len(changed)} of its {len(statements)} statements are true as written.\n"
    )


def original(statements, text):
    """The document, word for word: what the site changed is marked, and the reason stands behind its paragraph.

    Python-Markdown wants a blank line before a list, and four spaces before a list in a list; headings are a level lower.
    """
    made, left, was = [], [*statements], ""
    for row in text.splitlines():
        if LISTED.match(row) and was.strip() and not LISTED.match(was):
            made.append("")
        was, at, whys = row, 0, ""
        while left and (start := row.find(left[0]["document"], at)) >= 0:
            said, why, kind = left[0]["document"], left[0].get("why"), left.pop(0)["verdict"].split()[-1]
            marked = f'<mark class="{kind}">{said}</mark>' if why else said
            row, at = row[:start] + marked + row[start + len(said) :], start + len(marked)
            whys += f'<span class="why">{reason(why)}</span>' if why else ""
        made.append(re.sub("^ {3}(?=- )", "    ", re.sub("^#", "##", row)) + whys)
    return "\n".join(made) + "\n"


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
    statements = entries((ROOT / LEDGER).read_text(encoding="utf-8"), claims("index"))
    document = original(statements, (ROOT / "tests/site/original.md").read_text(encoding="utf-8"))
    more = {
        "ledger.md": ledger(statements),
        "original.md": document,
        "versions.md": versions(seen),
        "errors.md": errors(seen),
    }
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
