"""Check what MkDocs lets pass or does not explain: front matter, code fences, snippets, modules that are not Python.

With the argument ``marks`` instead whether marks and proofs fit each other; with ``all`` both, and whether each proof was
recorded. Prints each mistake as ``file:line: what is wrong; what to do`` and exits with 1 if there is one.
"""

import ast
import re
import sys

import yaml
from proofs import ROOT, module, proofs

FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")
# The only form that the pages use: alone on its line, quoted, a whole file or one range of it.
SNIPPET = re.compile(r'\s*--8<-- "([^":]+)(?::(\d+):(\d+))?"')
LIKE_A_SNIPPET = re.compile(r"-8<-")
MARK = re.compile(r"\[\^([^\]]+)\](:?)")
QUOTED_MARK = re.compile(r"`[^`]*\[\^[^`]*`")
STEP = "step {} of docs/contribute.md"


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
    for marked in re.findall(r"\d+", "".join(re.findall(r'hl_lines="([^"]*)"', options))):
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


def mark_mistakes(page, text, recorded):
    """Yield (file, line, message) for each mark without a proof or evidence, and each proof without a mark."""
    marks = {}
    for number, line, fence in lines_outside_code(text):
        for mark, colon in MARK.findall(QUOTED_MARK.sub("", line or "")) if not fence else ():
            marks.setdefault(mark, number)
            if colon:
                yield f"docs/{page}", number, "footnotes are made from the evidence; delete this one"
    known, file = proofs(page), module(page)
    for mark, number in marks.items():
        test = f"test_{mark.replace('-', '_')}"
        if mark not in known:
            message = f"the mark [^{mark}] has no proof; write {test} in {file} ({STEP.format(2)})"
            yield f"docs/{page}", number, message
        elif recorded is not None and f"\n[^{mark}]:" not in f"\n{recorded}":
            yield f"docs/{page}", number, f"{test} was not recorded; run scripts/record ({STEP.format(4)})"
    for mark in known.keys() - marks.keys():
        message = f"no sentence of docs/{page} has the mark of this proof; put [^{mark}] behind it ({STEP.format(1)})"
        yield file, known[mark].line, message


def module_mistakes(source):
    """Yield (line, message) if the source of a module, in bytes, is not Python; mkdocstrings would not find it."""
    try:
        ast.parse(source.decode())
    except UnicodeDecodeError as error:
        yield source[: error.start].count(b"\n") + 1, "the module is not UTF-8; save it as UTF-8"
    except SyntaxError as error:
        yield error.lineno or 1, f"this is not Python ({error.msg}); correct it, or take the file back with git restore"


def main(what="pages"):
    """Check the pages and the modules of the project ("pages"), the marks ("marks") or both ("all"); give the exit code."""
    found = []
    for file in sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "oms").glob("*.py")]):
        name, text = file.relative_to(ROOT), file.read_text(encoding="utf-8", errors="replace")
        if what != "marks":
            check = module_mistakes(file.read_bytes()) if file.suffix == ".py" else mistakes(text)
            found += [(name, *mistake) for mistake in check]
        if what != "pages" and file.suffix == ".md":
            page = file.relative_to(ROOT / "docs").as_posix()
            evidence = ROOT / "evidence" / page
            recorded = evidence.read_text(encoding="utf-8") if evidence.exists() else ""
            found += mark_mistakes(page, text, recorded if what == "all" else None)
    for name, number, message in found:
        print(f"{name}:{number}: {message}.", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
