"""Make the pages of a built site light: python scripts/publish/slim.py SITE

Each page carries the rules of the style sheets that it uses, and first_move.js in the place of the theme's script. The
style sheets, the script, the search's index and its worker are fetched at the reader's first move.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import minify_html

HERE = Path(__file__).resolve().parent
MODULES = HERE.parents[1] / ".venv/node/scripts-publish/node_modules"
SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
SCRIPT = re.compile(r'<script src="([^"]+)"></script>')
PALETTE = re.compile(r"<script>(var palette=.*?)</script>", re.DOTALL)
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
# The theme's script wraps the tables and gives the menu a height. The page has both before it comes, so nothing shifts.
WRAPPED = r'<div class="md-typeset__scrollwrap" tabindex="0"><div class="md-typeset__table">\g<0></div></div>'
MENU = "@media screen and (min-width:60em){.md-sidebar__scrollwrap{max-height:calc(100vh - 4.8rem)}}"
# A keyboard reaches what scrolls. The theme's script does that, too, and leaves out the listings that do not scroll.
LISTING = re.compile(r"(<pre\b[^>]*>(?:<span></span>)?<code)>")
# The theme's script says that scripts run, and the search is shown. The page says it before anything is drawn.
JS = 'document.documentElement.classList.replace("no-js","js");'


def used_rules(sheets: list[str], pages: dict[str, str]) -> dict[str, str]:
    """The rules of the style sheets that each page uses, by the page's name.

    Raises subprocess.CalledProcessError where PurgeCSS fails; what it says stands on standard error.
    """
    purge = subprocess.run(
        [Path(sys.executable).parent / "node", HERE / "purge.cjs"],
        input=json.dumps({"sheets": sheets, "pages": pages}),
        env={"NODE_PATH": str(MODULES)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return json.loads(purge.stdout)


def slim(html: str, rules: str, first_move: str) -> str:
    """The page with its rules and the first move in the place of style sheets and scripts."""
    fetched = json.dumps({"sheets": SHEET.findall(html), "scripts": SCRIPT.findall(html)})
    html = LISTING.sub(r'\1 tabindex="0">', SCRIPT.sub("", SHEET.sub("", html)))
    html = html.replace("<script>__md_scope", f"<script>{JS}__md_scope", 1)
    html = html.replace("</head>", f"<style>{rules}{MENU}</style></head>", 1)
    first_move = first_move.replace("FETCHED", fetched)
    palette = PALETTE.search(html)
    if not palette:
        sys.exit("scripts/publish/slim.py: the theme's script of the palette is not where it was; see PALETTE.")
    # Behind the header and not in it: a browser that shows what stands before a script would show half a header.
    html = html.replace(palette[0], "", 1)
    html = html.replace("</header>", f"</header><script>{palette[1]};{first_move}</script>", 1)
    return minify_html.minify(
        html,
        minify_css=True,
        minify_js=True,
        keep_closing_tags=True,
        keep_html_and_head_opening_tags=True,
        keep_input_type_text_attr=True,
    )


def main(site: Path) -> None:
    pages = {str(path.relative_to(site)): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    # A page that leads on, from moved.py, has no style sheet and needs none.
    pages = {name: TABLE.sub(WRAPPED, html) for name, html in pages.items() if SHEET.search(html)}
    addresses = SHEET.findall(pages["index.html"])
    rules = used_rules([(site / address).read_text(encoding="utf-8") for address in addresses], pages)
    first_move = (HERE / "first_move.js").read_text(encoding="utf-8")
    for name, html in pages.items():
        (site / name).write_text(slim(html, rules[name], first_move), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
