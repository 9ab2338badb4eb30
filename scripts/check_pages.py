"""Check what MkDocs lets pass or does not explain: front matter, code fences, snippets, modules that are not Python.

Prints each mistake as ``file:line: what is wrong; what to do`` and exits with 1 if there is one.
"""

import ast
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")
# The only form that the pages use: alone on its line, quoted, a whole file or one range of it.
SNIPPET = re.compile(r'\s*--8<-- "([^":]+)(?::(\d+):(\d+))?"')
LIKE_A_SNIPPET = re.compile(r"-8<-")


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


def mistakes(text):
    """Yield (line, message) for each mistake in the text of a page."""
    if "\N{REPLACEMENT CHARACTER}" in text:
        yield text[: text.index("\N{REPLACEMENT CHARACTER}")].count("\n") + 1, "the page is not UTF-8; save it as UTF-8"
    yield from front_matter_mistakes(text)
    opened = None  # the open fence: its line, its marks, its options
    for number, line in enumerate(text.splitlines(), start=1):
        fence = FENCE.fullmatch(line)
        if fence and opened is None:
            opened = number, fence[1], fence[2]
        elif fence and opened and fence[1].startswith(opened[1]) and not fence[2].strip():
            opened = None
        elif LIKE_A_SNIPPET.search(line):
            for message in snippet_mistakes(line, opened[2] if opened else ""):
                yield number, message
    if opened:
        yield opened[0], f"the code block is never closed; end it with a line {opened[1]}"


def module_mistakes(source):
    """Yield (line, message) if the source of a module, in bytes, is not Python; mkdocstrings would not find it."""
    try:
        ast.parse(source.decode())
    except UnicodeDecodeError as error:
        yield source[: error.start].count(b"\n") + 1, "the module is not UTF-8; save it as UTF-8"
    except SyntaxError as error:
        yield error.lineno or 1, f"this is not Python ({error.msg}); correct it, or take the file back with git restore"


def main():
    """Check every page, and every module of the project; return the exit code."""
    found = [
        (file, number, message)
        for file in sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "oms").glob("*.py")])
        for number, message in (
            module_mistakes(file.read_bytes())
            if file.suffix == ".py"
            else mistakes(file.read_text(encoding="utf-8", errors="replace"))
        )
    ]
    for file, number, message in found:
        print(f"{file.relative_to(ROOT)}:{number}: {message}.", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
