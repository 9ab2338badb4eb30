"""Check the pages: front matter, code fences, ranges of snippets, links, and marks without a test or tests without a mark.

MkDocs lets some of it pass, and names no line for the rest.

Prints each mistake as ``file:line: what is wrong; what to do`` and exits with 1 if there is one.
"""

import posixpath
import re
import sys

import yaml

from pages.claims import ROOT, claims, module

FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")
# The only form that the pages use: alone on its line, quoted, a whole file or one range of it.
SNIPPET = re.compile(r'\s*--8<-- "([^":]+)(?::(\d+):(\d+))?"')
LIKE_A_SNIPPET = re.compile(r"-8<-")
MARK = re.compile(r"\[\^([^\]]+)\](:?)")
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)#?([^)\s]*)")
ID = re.compile(r"\{[^}]*#([\w-]+)[^}]*\}")
INLINE_CODE = re.compile(r"(`+).+?\1")


def front_matter_mistakes(text):
    """Yield (line, message) for front matter that is no YAML, or lacks what every page has."""
    head = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if not head:
        yield 1, "the page has no front matter; begin it with a title and a description between two lines ---"
        return
    try:
        values = yaml.safe_load(head[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield (mark.line + 2 if mark else 1), "the front matter is not YAML; put quotes around a value with a colon"
        return
    for key in ("title", "description"):
        if not (isinstance(values, dict) and values.get(key)):
            yield 1, f"the front matter has no {key}; add a line '{key}: ...'"


def snippet_mistakes(line, options):
    """Yield a message for each way in which a snippet does not show what its directive says."""
    snippet = SNIPPET.fullmatch(line)
    if not snippet:
        yield 'a snippet is not written as --8<-- "path" or --8<-- "path:first:last", alone on its line'
        return
    path, first, last = snippet[1], snippet[2], snippet[3]
    file = (ROOT / path).resolve()
    if not file.is_relative_to(ROOT) or not file.is_file():
        yield f"the snippet's file {path} is not in the repository; correct the path"
        return
    lines = len(file.read_text(encoding="utf-8", errors="replace").splitlines())
    start, end = int(first or 1), int(last or lines)
    if not 1 <= start <= end <= lines:
        yield f"the snippet's range {first}:{last} is not within the {lines} lines of {path}; correct the range"
        return
    if (title := re.search(r'title="([^"]*)"', options)) and title[1] != path:
        yield f'the block is titled {title[1]} and shows {path}; write title="{path}"'
    if (number := re.search(r'linenums="(\d+)', options)) and int(number[1]) != start:
        yield f'the block begins with line {start} of {path}; write linenums="{start}"'
    for marked in (
        number for part in re.findall(r'hl_lines="([^"]*)"', options) for number in re.findall(r"\d+", part)
    ):
        if not 1 <= int(marked) <= end - start + 1:
            yield f"hl_lines marks line {marked} of a block that has {end - start + 1}; count from its first line"


def lines_outside_code(text):
    """Yield (number, line, fence) for each line: fence is the open code fence around it, or None."""
    opened = None  # the open fence: its line, its marks, its options
    for number, line in enumerate(text.splitlines(), start=1):
        fence = FENCE.fullmatch(line)
        if fence and opened is None:
            opened = number, fence[1], fence[2]
        elif fence and opened and fence[1].startswith(opened[1]) and not fence[2].strip():
            opened = None
        else:
            yield number, line, opened
    if opened:
        yield opened[0], None, opened


def mistakes(text):
    """Yield (line, message) for each mistake in the text of a page."""
    if "\N{REPLACEMENT CHARACTER}" in text:
        yield text[: text.index("\N{REPLACEMENT CHARACTER}")].count("\n") + 1, "the page is not UTF-8; save it as UTF-8"
    yield from front_matter_mistakes(text)
    for number, line, fence in lines_outside_code(text):
        if line is None:
            yield number, f"the code block is never closed; end it with a line {fence[1]}"
        elif LIKE_A_SNIPPET.search(line):
            for message in snippet_mistakes(line, fence[2] if fence else ""):
                yield number, message


def mark_mistakes(page, text, tests):
    """Yield (file, line, message) for each mark without a test, each test without a mark, and each footnote by hand."""
    marks = {}
    for number, line, fence in lines_outside_code(text):
        for mark, colon in MARK.findall(INLINE_CODE.sub("", line or "")) if not fence else ():
            if mark in marks and not colon:
                yield (
                    f"docs/{page}",
                    number,
                    f"the mark [^{mark}] stands on line {marks[mark]}, too; give each sentence its own",
                )
            marks.setdefault(mark, number)
            if colon:
                yield f"docs/{page}", number, "the notes are made from what tests saw; delete this one"
    for mark, number in marks.items():
        if mark not in tests:
            test = f"test_{mark.replace('-', '_')}"
            yield (
                f"docs/{page}",
                number,
                f"the mark [^{mark}] has no test; write {test} in {module(page)}, or delete the mark",
            )
    for mark, test in tests.items():
        if mark not in marks:
            message = f"docs/{page} has no mark of this test; write [^{mark}] behind its sentence, or delete the test"
            yield module(page), test.line, message


def link_mistakes(page, pages):
    """Yield (line, message) for each link of a page, in {name: text} of all pages, to no page, file or section."""
    for number, line, fence in lines_outside_code(pages[page]):
        for path, anchor in LINK.findall(INLINE_CODE.sub("", line or "")) if not fence else ():
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
            if target not in pages and not (ROOT / "docs" / target).is_file():
                yield number, f"the link leads to docs/{target}, which is not there; correct it"
            elif target in pages and anchor and "." not in anchor and anchor not in ID.findall(pages[target]):
                # with a full stop it is the name of a module, which MkDocs checks
                yield number, f"docs/{target} has no section {{ #{anchor} }}; correct the link"


def main():
    """Check the pages; give the exit code."""
    found = []
    files = sorted((ROOT / "docs").rglob("*.md"))
    pages = {
        file.relative_to(ROOT / "docs").as_posix(): file.read_text(encoding="utf-8", errors="replace") for file in files
    }
    for page, text in pages.items():
        found += [(f"docs/{page}", *mistake) for mistake in (*mistakes(text), *link_mistakes(page, pages))]
        found += mark_mistakes(page, text, claims(page))
    for name, number, message in found:
        print(f"{name}:{number}: {message}.", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
