"""Build the same two pages with other builders: the document as it was written, and the glossary."""

import re
import shutil
import subprocess
from pathlib import Path

from markdown_it import MarkdownIt
from running import ROOT

from tests.weight.sizes import bare_article

SECOND = "glossary/"  # the second page, of every site
BIN = ROOT / ".venv/peers/bin"
STYLE = (  # the limit: what a page needs to be read on a phone and on a wide screen, and no more
    "body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem;color:#222}"
    "h1,h2,h3{line-height:1.25;margin:1.5em 0 .5em}a{color:#00695c}"
    "pre,code{font:14px/1.5 ui-monospace,monospace;background:#f4f4f4}pre{padding:.75rem;overflow:auto}"
    "table{border-collapse:collapse;display:block;overflow:auto}td,th{border:1px solid #ccc;padding:.25rem .5rem}"
    "img,svg{max-width:100%}"
)
EXTENSIONS = """\
markdown_extensions:
  - admonition
  - attr_list
  - footnotes
  - tables
  - toc: {permalink: true}
  - pymdownx.highlight
  - pymdownx.superfences
"""
MATERIAL = """\
theme:
  name: material
  font: false
  features: [content.code.copy, navigation.footer, navigation.sections, navigation.top, search.highlight,
    search.suggest, toc.follow]
  palette:
    - {media: "(prefers-color-scheme: light)", scheme: default,
       toggle: {icon: material/weather-night, name: Switch to dark mode}}
    - {media: "(prefers-color-scheme: dark)", scheme: slate,
       toggle: {icon: material/weather-sunny, name: Switch to light mode}}
"""
ZENSICAL = MATERIAL.replace("  name: material\n", "")
# The default theme of MkDocs asks another host for highlight.js; Pygments does its work.
DEFAULT = "theme: {name: mkdocs, highlightjs: false}\n"
SETTINGS = "site_name: asgi.py\nsite_description: What asgi.py is.\nsite_url: http://127.0.0.1:8000/\n"
CONF = """\
project = html_title = "asgi.py"
extensions = ["myst_parser"]
html_theme = "furo"
source_suffix = {".md": "markdown"}
"""


def original():
    return (ROOT / "tests/site/original.md").read_text(encoding="utf-8")


def glossary():
    """The glossary in the Markdown that all builders know."""
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    head, snippets = r"(?s)\A---\n.*?\n---\n", r"(?m)^--8<--.*\n"
    for gone in (head, snippets, r"(?m)^\{:.*\}\n", r" \{ #[a-z0-9-]+ \}", r"\[\^[^\]]+\]"):
        text = re.sub(gone, "", text)
    return re.sub(r"\[([^\]]+)\](\[[^\]]*\]|\((?!https)[^)]*\))", r"\1", text)


def page(title, body, link=""):
    """A page of HTML that asks for nothing more."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="description" content="{title}"><link rel="icon" href="data:,"><title>{title}</title>'
        f"<style>{STYLE}</style><body><main>{body}{link}</main>"
    )


def write_bare(to, first):
    """Write a site of bare HTML: a first page with this body, and the glossary."""
    (to / SECOND).mkdir(parents=True)
    link = f'<p><a href="{SECOND}">Glossary</a>'
    (to / "index.html").write_text(page("ASGI Configuration in Django", first, link), encoding="utf-8")
    (to / SECOND / "index.html").write_text(page("Glossary", MarkdownIt().render(glossary())), encoding="utf-8")


def bare(work, to):
    write_bare(to, MarkdownIt().render(original()))


def bare_ours(work, to):
    """The words of this site's own first page."""
    write_bare(to, bare_article((ROOT / "site/index.html").read_bytes()).decode())


def ours(work, to):
    shutil.copytree(ROOT / "site", to)


def sources(folder):
    folder.mkdir(parents=True)
    (folder / "index.md").write_text(original(), encoding="utf-8")
    (folder / "glossary.md").write_text(glossary(), encoding="utf-8")


def run(*command, folder):
    done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def furo(work, to):
    sources(work)
    toc = "\n```{toctree}\n:hidden:\n\nglossary\n```\n"
    (work / "index.md").write_text(original() + toc, encoding="utf-8")
    (work / "conf.py").write_text(CONF, encoding="utf-8")
    run(BIN / "sphinx-build", "-q", "-b", "dirhtml", work, to, folder=work)


def with_settings(settings, command):
    """A builder that reads mkdocs.yml and writes site/."""

    def build(work, to):
        sources(work / "docs")
        (work / "mkdocs.yml").write_text(settings, encoding="utf-8")
        run(BIN / command, "build", folder=work)
        shutil.copytree(work / "site", to)

    return build


# Each site: what the table calls it, and what builds it into a folder, with a folder to work in.
SITES = {
    "bare": ("bare HTML, the document's words", bare),
    "mkdocs": ("MkDocs, default theme", with_settings(SETTINGS + DEFAULT + EXTENSIONS, "mkdocs")),
    "furo": ("Sphinx with Furo", furo),
    "material": ("Material for MkDocs", with_settings(SETTINGS + MATERIAL + EXTENSIONS, "mkdocs")),
    "zensical": ("Zensical", with_settings(SETTINGS + ZENSICAL + EXTENSIONS, "zensical")),
    "bare-ours": ("bare HTML, this site's words", bare_ours),
    "ours": ("this site", ours),
}  # fmt: skip


def build(name, folder):
    """Build a site into ``folder/name`` and give its path."""
    to = Path(folder) / name
    SITES[name][1](Path(folder) / f".{name}", to)
    return to
