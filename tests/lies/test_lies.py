"""Planted mistakes: each is made in a copy of the tree, and scripts/test must turn red there, for its own reason."""

import os
import re
import subprocess

import pytest

pytestmark = pytest.mark.slow

# What is tried in the copy: the folder or file that must turn red. A build comes first in any case.
BUILD = "tests/site/test_text.py"
CODE, DOCUMENT, LINKS, TEXT = (f"tests/site/test_{name}.py" for name in ("code", "document", "links", "text"))
HOSTS = "tests/site/test_browser.py::test_nothing_is_loaded_from_another_host"
OMS = "tests/project/test_oms.py"
WORKFLOW = "tests/repository/test_workflow.py"
SETTINGS = "tests/repository/test_settings.py"
RELOAD = "tests/repository/test_scripts.py::test_a_change_shows_in_the_open_browser_within_4_seconds"
ONE = '--8<-- "oms/asgi.py:14:14"'
MARKS, EVIDENCE = "tests/site/test_marks.py", "tests/evidence/test_evidence.py"
SCRIPTS, VERSIONS = "tests/repository/test_scripts.py", "tests/versions/test_versions.py"
PROTOCOLS = "tests/servers/tables/test_protocols.py"
DEPLOY = "tests/servers/test_deploy_files.py"
SEEN, PROOFS = "tests/statements", "tests/statements/test_index.py"
PROVIDES = "- Provides documentation on the purpose of the file.[^docstring-says-the-purpose]"
LINKS_TO = "- Links to Django’s official ASGI deployment guide for further details.[^docstring-links-the-guide]"
LEAST = "oms/asgi.py is not what startproject writes"


def lie(name, *values):
    return pytest.param(*values, id=name)


PAGES = [
    lie("a dead link", "docs/index.md", "](start.md)", "](gone.md)", BUILD, "contains a link 'gone.md', but the target"),
    lie("a dead anchor", "docs/index.md", "glossary.md#scope)", "glossary.md#gone)", BUILD, "does not contain an anchor '#gone'"),
    lie("a page outside the nav", "mkdocs.yml", "  - Glossary: glossary.md\n", "", BUILD, "not included in the \"nav\" configuration"),
    lie("a dead reference", "docs/reference.md", "[django.setup]", "[django.set_up]", BUILD, "Could not find cross-reference target 'django.set_up'"),
    lie("a missing inventory", "mkdocs.yml", "django-5.2.inv", "django-9.9.inv", BUILD, "Couldn't load inventory file:inventories/django-9.9.inv"),
    lie("a snippet of a missing file", "docs/index.md", ONE, '--8<-- "oms/asgy.py"', BUILD, r"docs/index.md:\d+: the snippet's file oms/asgy.py is not"),
    lie("a range past the end", "docs/index.md", ONE, '--8<-- "oms/asgi.py:20:30"', BUILD, r"docs/index.md:\d+: the snippet's range 20:30 is not within the 16 lines"),
    lie("a range partly past the end", "docs/index.md", ONE, '--8<-- "oms/asgi.py:14:17"', BUILD, r"docs/index.md:\d+: the snippet's range 14:17 is not"),
    lie("a reversed range", "docs/index.md", ONE, '--8<-- "oms/asgi.py:14:12"', BUILD, r"docs/index.md:\d+: the snippet's range 14:12 is not"),
    lie("a zero in a range", "docs/index.md", ONE, '--8<-- "oms/asgi.py:0:14"', BUILD, r"docs/index.md:\d+: the snippet's range 0:14 is not"),
    lie("a negative range", "docs/index.md", ONE, '--8<-- "oms/asgi.py:-3:-3"', BUILD, r"docs/index.md:\d+: a snippet is not written as"),
    lie("a section of a snippet", "docs/index.md", ONE, '--8<-- "oms/asgi.py:settings"', BUILD, r"docs/index.md:\d+: a snippet is not written as"),
    lie("a snippet without quotes", "docs/index.md", ONE, "--8<-- oms/asgi.py:14:14", BUILD, r"docs/index.md:\d+: a snippet is not written as"),
    lie("a space after a snippet", "docs/index.md", ONE, ONE + " ", BUILD, r"docs/index.md:\d+: a snippet is not written as"),
    lie("two snippets on a line", "docs/index.md", ONE, f"{ONE} {ONE}", BUILD, r"docs/index.md:\d+: a snippet is not written as"),
    lie("other line numbers", "docs/index.md", 'linenums="14"', 'linenums="13"', BUILD, r"docs/index.md:\d+: the block begins with line 14 of oms/asgi.py"),
    lie("a mark beyond the block", "docs/index.md", 'linenums="14"', 'linenums="14" hl_lines="2"', BUILD, r"docs/index.md:\d+: hl_lines marks line 2 of a block that has 1"),
    lie("an unclosed code block", "docs/start.md", "git status --short\n```", "git status --short\n", BUILD, r"docs/start.md:\d+: the code block is never closed"),
    lie("front matter that is no YAML", "docs/start.md", "title: Your first day", "title: Your: first: day", BUILD, r"docs/start.md:2: the front matter is not YAML"),
    lie("a page without a description", "docs/start.md", "description: ", "describe: ", BUILD, "docs/start.md:1: the front matter has no description"),
    lie("an undefined footnote", "docs/index.md", "Links to Django", "Links[^gone] to Django", BUILD, r"docs/index.md:\d+: the mark \[\^gone\] has no proof; write test_gone in tests/statements/test_index.py \(step 2"),
    lie("an unused footnote", "docs/index.md", "## Conclusion", "[^unused]: Never used.\n\n## Conclusion", BUILD, r"docs/index.md:\d+: footnotes are made from the evidence; delete this one"),
    lie("a missing style sheet", "mkdocs.yml", "assets/guide.css", "assets/gone.css", LINKS, r"mkdocs.yml:\d+: the link '.*assets/gone.css' leads nowhere"),
    lie("a dead link in raw HTML", "docs/index.md", "New here?", '<a href="gone/">New</a> here?', LINKS, r"docs/index.md:\d+: the link 'gone/' leads nowhere"),
    lie("a dead anchor in raw HTML", "docs/index.md", "New here?", '<a href="start/#gone">New</a> here?', LINKS, r"docs/index.md:\d+: the link 'start/#gone' leads nowhere"),
    lie("a missing image in raw HTML", "docs/index.md", "New here?", '<img src="gone.png" alt=""> New here?', LINKS, r"docs/index.md:\d+: the link 'gone.png' leads nowhere"),
    lie("an id that stands twice", "docs/glossary.md", "{ #worker }", "{ #view }", LINKS, r"docs/glossary.md: the ids \['view'\] stand more than once"),
    lie("an admonition with half its quotes", "docs/start.md", "## 4. Read on", '!!! note "Half\n\n## 4. Read on', TEXT, r"docs/start.md:\d+: '!!!' is left as text"),
    lie("a mkdocstrings block inside a line", "docs/reference.md", "\n::: oms.wsgi", "\nSee ::: oms.wsgi", TEXT, r"docs/reference.md:\d+: ':::' is left as text"),
    lie("application missing from the reference", "mkdocs.yml", "show_if_no_docstring: true", "show_if_no_docstring: false", TEXT, r"docs/reference.md: \['oms.asgi.application'\] are missing"),
    lie("code typed by hand", "docs/index.md", ONE, 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.setting")', CODE, r"docs/index.md:\d+: the block differs from oms/asgi.py"),
    lie("code without a file", "docs/glossary.md", "## ASGI {", "```python\nawait send()\n```\n\n## ASGI {", CODE, r"docs/glossary.md:\d+: code stands in the page itself"),
    lie("indented code", "docs/index.md", "## Code Breakdown", "    import os\n\n## Code Breakdown", CODE, r"docs/index.md:\d+: code stands in the page itself"),
    lie("code in raw HTML", "docs/index.md", "## Conclusion", "<pre>import os</pre>\n\n## Conclusion", CODE, r"docs/index.md:\d+: code stands in the page itself"),
    lie("code of another file", "docs/index.md", ONE, ONE.replace("asgi", "wsgi"), BUILD, r"docs/index.md:\d+: the block is titled oms/asgi.py and shows oms/wsgi.py"),
    lie("a wrong range", "docs/index.md", 'linenums="14" }\n' + ONE, 'linenums="12" }\n--8<-- "oms/asgi.py:12:12"', CODE, r"docs/index.md:\d+: the parts explain lines"),
    lie("a wrong row in the table of lines", "docs/index.md", "| 10-12 |", "| 10-13 |", CODE, r"docs/index.md:\d+: the table names other lines"),
    lie("a wrong number of lines", "docs/index.md", "each of the 10 lines", "each of the 12 lines", CODE, r"docs/index.md:\d+: write 'each of the 10 lines"),
    lie("a heading that is gone", "docs/index.md", "## Conclusion { #conclusion }\n", "", DOCUMENT, "docs/index.md: the headings differ from the document's"),
    lie("a heading that is reworded", "docs/index.md", "## Code Breakdown {", "## The Code {", DOCUMENT, "docs/index.md: the headings differ from the document's"),
    lie("another id", "docs/index.md", "{ #code-breakdown }", "{ #breakdown }", DOCUMENT, "docs/index.md: an id changed, and links from outside break"),
    lie("a heading without an id", "docs/glossary.md", "## scope { #scope }", "## scope", DOCUMENT, r"docs/glossary.md:\d+: the heading has no id"),
    lie("a statement that is gone", "docs/index.md", "- Provides documentation on the purpose of the file.[", "- Documents the file.[", DOCUMENT, "“Provides documentation on the purpose of the file.” is missing"),
    lie("a difference that is hidden", "docs/index.md", "The document: “ASGI improves handling of concurrent connections.”", "Condition", DOCUMENT, "“ASGI improves handling of concurrent connections.” is missing"),
    lie("words that are not the document's", "docs/index.md", "“It is the successor of wsgi.py.”", "“It is the successor of wsgi.py.” “It replaces it.”", DOCUMENT, "these are not the document's words"),
    lie("statements out of their order", "docs/index.md", f"{PROVIDES}\n{LINKS_TO}", f"{LINKS_TO}\n{PROVIDES}", DOCUMENT, "“Links to Django’s .* not in its place"),
    lie("a difference without its reason", "docs/index.md", "            The [overview](#overview) shows what becomes of a WebSocket, and whose work HTTP/2 is.\n            {: .pointer }\n", "", DOCUMENT, r"docs/index.md:\d+: say why below The document"),
    lie("a description that stands twice", "docs/start.md", "description: From a clone to the running site, to the running project, to a first change that you see live.", "description: The modules of the oms project, from their own docstrings and source.", DOCUMENT, "test_each_page_has_a_description_of_its_own"),
    lie("a font of another host", "mkdocs.yml", "  font: false  # nothing is loaded from another host\n", "", HOSTS, "the page loads .*fonts.g"),
    lie("a style that may ask another host", "docs/assets/guide.css", "@media print {", ".never { background: url(//cdn.invalid/a.png) }\n@media print {", LINKS, r"docs/assets/guide.css:\d+: .* asks another host"),
    lie("a script of another host", "mkdocs.yml", "  - assets/guide.js", "  - https://cdn.invalid/guide.js", HOSTS, "the page loads .*cdn.invalid"),
    lie("a page that no longer reloads", "mkdocs.yml", "watch:\n  - oms\n", "watch:\n", RELOAD, "Locator expected to be visible"),
    lie("an inventory from the network", "mkdocs.yml", "file:inventories/python-3.11.inv", "https://docs.python.org/3.11/objects.inv", SETTINGS, "keep the inventory|Couldn't load inventory"),
    lie("a hook of our own", "mkdocs.yml", "watch:\n", "hooks:\n  - tests/conftest.py\n\nwatch:\n", SETTINGS, "test_the_site_has_no_hook_and_no_plugin_of_its_own"),
    lie("a plugin that asks the network", "mkdocs.yml", "  - mkdocstrings:\n", "  - offline\n  - mkdocstrings:\n", SETTINGS, "test_the_site_has_no_hook_and_no_plugin_of_its_own"),
    lie("a repository that is asked for its stars", "mkdocs.yml", "edit_uri: ", "repo_url: https://github.com/team/guide\nedit_uri: ", HOSTS, "the page loads .*api.github.com"),
]  # fmt: skip

PROJECT = [
    lie("a line added to asgi.py", "oms/asgi.py", "import os\n", "import os\nimport sys\n", OMS, LEAST),
    lie("a section marker in asgi.py", "oms/asgi.py", "import os\n", "# --8<-- [start:os]\nimport os\n", OMS, LEAST),
    lie("application renamed", "oms/asgi.py", "application =", "app =", OMS, LEAST),
    lie("other settings", "oms/asgi.py", "oms.settings", "oms.urls", OMS, LEAST),
    lie("setdefault turned into assignment", "oms/asgi.py", 'setdefault("DJANGO_SETTINGS_MODULE", ', '__setitem__("DJANGO_SETTINGS_MODULE", ', OMS, LEAST),
    lie("a module that is not Python", "oms/asgi.py", "import os\n", "import os os\n", OMS, r"oms/asgi.py:10: this is not Python \(.*\); correct it"),
    lie("a module that is not UTF-8", "oms/asgi.py", "import os\n", "import os  # \udcff\n", OMS, r"oms/asgi.py:10: the module is not UTF-8"),
    lie("a page that is not UTF-8", "docs/index.md", "New here?", "New\udcff here?", BUILD, r"docs/index.md:\d+: the page is not UTF-8"),
    lie("another version in the link", "oms/asgi.py", "en/5.1/", "en/5.0/", OMS, LEAST),
    lie("other line ends", "oms/asgi.py", "\n", "\r\n", OMS, LEAST),
    lie("other middleware", "oms/settings.py", '    "django.middleware.security.SecurityMiddleware",\n', "", OMS, "test_the_other_modules_are_startprojects_own.settings.py"),
    lie("a module that does not import", "oms/urls.py", "from django.contrib import admin", "from django.contrib import admin, gone", OMS, "test_import_asgi_answers_a_request"),
]  # fmt: skip

STATEMENTS = [
    lie("a mark that is gone", "docs/index.md", "[^counterpart-of-wsgi]", "", BUILD, r"test_index.py:\d+: no sentence of docs/index.md has the mark of this proof; put \[\^counterpart-of-wsgi\] behind it \(step 1"),
    lie("a mark that is unknown", "docs/index.md", "[^counterpart-of-wsgi]", "[^counterpart-of-wsgi][^successor-of-wsgi]", BUILD, r"docs/index.md:\d+: the mark \[\^successor-of-wsgi\] has no proof"),
    lie("two marks that are swapped", "docs/start.md", "unsupported.`[^lifespan-line]", "unsupported.`[^nothing-is-broken] Again.[^lifespan-line]", MARKS, r"docs/start.md:\d+: the words before the mark are not the docstring"),
    lie("a not that is dropped", "docs/index.md", "and does not import\n", "and does import\n", MARKS, r"docs/index.md:\d+: the words before the mark are not the docstring"),
    lie("a not that is added", "docs/glossary.md", "`get_asgi_application()` returns one.", "`get_asgi_application()` does not return one.", MARKS, r"docs/glossary.md:\d+: the words before the mark are not the docstring"),
    lie("a version that is changed", "docs/index.md", "runs on Django 5.2.[^", "runs on Django 6.0.[^", MARKS, "the words before the mark are not the docstring"),
    lie("a new claim", "docs/index.md", "## Conclusion {", "ASGI is faster than WSGI.\n\n## Conclusion {", MARKS, r"docs/index.md:\d+: no mark stands behind “ASGI is faster than WSGI.”"),
    lie("a new claim behind a mark", "docs/index.md", "[^counterpart-of-wsgi]", "[^counterpart-of-wsgi] It is faster, too.", MARKS, r"no mark stands behind “It is faster, too.”"),
    lie("a new claim before a mark", "docs/index.md", "It is the asynchronous counterpart", "It is fast. It is the asynchronous counterpart", MARKS, "the words before the mark are not the docstring"),
    lie("a new claim in a list", "docs/index.md", "- Links to Django", "- Is the fastest way.\n- Links to Django", MARKS, "no mark stands behind “Is the fastest way.”"),
    lie("a new claim in a table", "docs/glossary.md", "## scope {", "| a | b |\n|---|---|\n| ASGI | fast |\n\n## scope {", MARKS, "no mark stands behind “ASGI fast”"),
    lie("a claim that calls itself advice", "docs/index.md", "## Conclusion {", "ASGI is faster than WSGI.\n{: .advice }\n\n## Conclusion {", EVIDENCE, r"(?s)evidence/unchecked.md is stale.*\+.*ASGI is faster than WSGI"),
    lie("a claim in a title", "docs/index.md", '"Why the link says 5.1"', '"Why 5.1 is the fastest"', EVIDENCE, "evidence/unchecked.md is stale"),
    lie("a claim in a picture", "docs/assets/request.svg", ">view<", ">fast view<", EVIDENCE, "evidence/unchecked.md is stale"),
    lie("a definition that is changed", "docs/glossary.md", "A view that is written with `async def`.", "A view that is fast.", EVIDENCE, "evidence/unchecked.md is stale"),
    lie("a claim among the evidence", "docs/statements.md", '--8<-- "evidence/ledger.md"', '--8<-- "evidence/ledger.md"\n\nASGI is fast.', EVIDENCE, "docs/statements.md: .*evidence hides what stands there from the checks"),
    lie("a verdict that is changed", "tests/statements/ledger.yml", "verdict: not true as written", "verdict: true", EVIDENCE, "and the page says otherwise"),
    lie("a statement missing from the ledger", "tests/statements/ledger.yml", "- document: and background tasks.\n", "- document: and tasks.\n", EVIDENCE, "test_the_ledger_has_each_statement"),
    lie("evidence that is edited", "evidence/index.md", "`an async function`", "`a fast function`", EVIDENCE, r"(?s)evidence/index.md is stale.*-.*a fast function.*\+"),
    lie("what was seen is edited", "evidence/django-5.2.json", "`an async function`", "`a fast function`", SEEN, r"(?s)evidence/django-5.2.json \(-\) is not what the proof of counterpart-of-wsgi saw.*a fast function.*run scripts/record"),
    lie("a version that did not run", "evidence/django-6.1.json", '"Django": "6.1.', '"Django": "6.2.', EVIDENCE, "ran another Django than django61.txt has"),
    lie("a cell that is edited", "evidence/servers.json", '"http_1_1_keep_alive": {\n    "uvicorn": "yes"', '"http_1_1_keep_alive": {\n    "uvicorn": "no"', PROTOCOLS, r"uvicorn, http_1_1_keep_alive: saw “yes”, and evidence/servers.json has “no”"),
    lie("a cell of the page that is edited", "evidence/servers-protocols.md", "[500]", "[yes]", EVIDENCE, "evidence/servers-protocols.md is stale"),
    lie("a header that nginx does not set", "examples/deploy/nginx.conf", "X-Forwarded-Proto $scheme", "X-Forwarded-Proto http", DEPLOY, "test_django_sees_the_visitor"),
    lie("a unit that systemd does not know", "examples/deploy/oms.service", "Restart=", "Restrat=", DEPLOY, "test_systemd_accepts_the_unit"),
    lie("a figure that is edited", "evidence/load.json", '"busy cores": ', '"busy cores": 1', EVIDENCE, "evidence/load-ceiling.md is stale"),
    lie("a proof that is deleted", PROOFS, "def test_counterpart_of_wsgi(", "def counterpart_of_wsgi(", BUILD, r"docs/index.md:\d+: the mark \[\^counterpart-of-wsgi\] has no proof; write test_counterpart_of_wsgi"),
    lie("a proof without a sentence", PROOFS, "def test_counterpart_of_wsgi(", "def test_more():\n    pass\n\n\ndef test_counterpart_of_wsgi(", BUILD, r"test_index.py:\d+: no sentence of docs/index.md has the mark of this proof; put \[\^more\]"),
    lie("a proof with another docstring", PROOFS, '"""It is the asynchronous counterpart', '"""It is the synchronous counterpart', MARKS, "the words before the mark are not the docstring"),
    lie("a proof that sees nothing", PROOFS, '    saw("an async view under WSGI"', '    return\n    saw("an async view under WSGI"', SEEN, r"(?s)django-5.2.json \(-\) is not what the proof of wsgi-keeps-a-thread-busy saw.*an async view under WSGI"),
    lie("a proof that skips itself", PROOFS, '    saw("an async view under WSGI"', '    pytest.skip("later")\n    saw("an async view under WSGI"', SEEN, "Make the test run, or delete it"),
    lie("a proof without a false world", PROOFS, '@pytest.mark.false_if("oms/wsgi.py", "import os", "import os, oms.asgi")\n', "", MARKS, "names no world in which its sentence is false"),
    lie("a proof that proves nothing", PROOFS, 'kinds[0], "an async function"', 'kinds and "an async function", "an async function"', f"{PROOFS}::test_counterpart_of_wsgi", "the proof of counterpart-of-wsgi passes in a world where its sentence is false"),
    lie("a proof of the wrong settings", PROOFS, "saw(\"Django's settings after `import oms.asgi`\", python(code),", "saw(\"Django's settings after `import oms.asgi`\", \"oms.urls\",", SEEN, "not: 'oms.settings'"),
    lie("a proof that fails in another way", PROOFS, '    saw("`application` in', '    assert kinds[0] == "an async function"\n    saw("`application` in', f"{PROOFS}::test_counterpart_of_wsgi", "AssertionError"),
    lie("a proof of a constant", PROOFS, 'saw("a WebSocket to a callable that wraps it", run(websocket(wrapped)),', 'saw("a WebSocket to a callable that wraps it", "websocket.accept",', MARKS, r"test_index.py:\d+: saw is given no result of a run \(step 2"),
    lie("a world that is not Python", PROOFS, '"import os, oms.asgi_is_gone"', '"import os,"', f"{PROOFS}::test_startproject_writes_both", r"test_index.py:\d+: .* oms/wsgi.py is not Python .* \(step 3"),
    lie("a world that edits nothing", PROOFS, '"import os", "import os, oms.asgi_is_gone"', '"import ox", "import os"', f"{PROOFS}::test_startproject_writes_both", r"test_index.py:\d+: oms/wsgi.py has no 'import ox' to replace"),
    lie("a world in no Django", PROOFS, "handlers.base.BaseHandler.get_response_async", "handlers.base.BaseHandler.gone", f"{PROOFS}::test_way_of_a_request", r"test_index.py:\d+: .*gone.* \(step 3"),
    lie("a sentence that stands again", "docs/glossary.md", "## HTTP/2 {", "Django does not handle it.[^no-lifespan]\n\n## HTTP/2 {", MARKS, r"docs/glossary.md: put each mark behind one sentence \(step 1"),
    lie("a proof that was not recorded", "evidence/index.md", "[^counterpart-of-wsgi]: ", "counterpart: ", BUILD, r"docs/index.md:\d+: test_counterpart_of_wsgi was not recorded; run scripts/record \(step 4"),
    lie("a world that was not tried", "evidence/django-6.0.json", '   "counterpart-of-wsgi",\n', "", EVIDENCE, "django60, failed: Where the new is right"),
    lie("a claim in a description", "docs/start.md", "description: From a clone", "description: From a fast clone", EVIDENCE, r"(?s)evidence/unchecked.md is stale.*\+.*From a fast clone"),
    lie("a claim in the settings", "mkdocs.yml", "site_description: What every", "copyright: ASGI is fast.\nsite_description: What every", EVIDENCE, r"(?s)evidence/unchecked.md is stale.*\+.*ASGI is fast"),
    lie("a claim in a picture's name", "overrides/404.html", "<h1>", '<img alt="ASGI is fast" src="">\n<h1>', EVIDENCE, r"(?s)evidence/unchecked.md is stale.*\+.*ASGI is fast"),
    lie("a claim that hides as evidence", "docs/index.md", "## Conclusion {", "ASGI is faster than WSGI.\n{: .evidence }\n\n## Conclusion {", EVIDENCE, "evidence hides what stands there from the checks"),
    lie("a not that is struck out", "docs/index.md", "does not import", "does <del>not</del> import", EVIDENCE, "<del hides what stands there from the checks"),
    lie("a title with a claim", "docs/start.md", "title: Your first day", "title: Your first day, which is fast", TEXT, "docs/start.md:2: write title: Your first day"),
    lie("another name in the menu", "mkdocs.yml", "  - Glossary: ", "  - Reference of all words: ", TEXT, r"mkdocs.yml:\d+: the menu says"),
    lie("a style that says something", "docs/assets/guide.css", "@media print {", "h1::after { content: 'fast' }\n@media print {", TEXT, "test_nothing_is_published_but_the_pages"),
    lie("a console that nobody runs", "docs/glossary.md", "## ASGI {", "```console\n$ true\nfast\n```\n\n## ASGI {", CODE, r"docs/glossary.md:\d+: code stands in the page itself"),
    lie("a claim in a console", "docs/start.md", "$ git status --short\n", "$ # ASGI is fast\n$ git status --short\n", CODE, r"docs/start.md:\d+: code stands in the page itself"),
    lie("other words of the document", "tests/site/original.md", "successor", "companion", DOCUMENT, "these are not the document's words; take the file back"),
    lie("a picture in another order", "docs/assets/request.svg", 'y="380">middleware', 'y="980">middleware', DOCUMENT, "test_the_picture_of_the_request"),
]  # fmt: skip

GATES = [
    lie("ci that runs less", ".ci/run", "exec scripts/test", "exec scripts/test tests/commands", WORKFLOW, "test_ci_runs_the_readmes_test_command"),
    lie("ci that cannot fail", ".ci/run", "exec scripts/test", "scripts/test || true", WORKFLOW, "test_ci_runs_the_readmes_test_command"),
    lie("an action by its tag", ".github/workflows/pages.yml", "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "actions/checkout@v7", WORKFLOW, "pin actions/checkout@v7 by commit"),
    lie("a job that may write", ".github/workflows/pages.yml", "permissions: {}", "permissions: write-all", WORKFLOW, "test_only_publishing_may_write"),
    lie("publishing without the import", ".github/workflows/pages.yml", "needs: [import, test]", "needs: [test]", WORKFLOW, "test_publishing_needs_the_import_and_the_tests"),
    lie("publishing from a pull request", ".github/workflows/pages.yml", "    if: github.event_name == 'push' && github.ref == 'refs/heads/main'\n    runs-on", "    runs-on", WORKFLOW, "test_only_main_is_published"),
    lie("an import that may fail", ".github/workflows/pages.yml", "        run: python tests/project/import_asgi.py", "        continue-on-error: true\n        run: python tests/project/import_asgi.py", WORKFLOW, "test_publishing_needs_the_import_and_the_tests"),
    lie("an import that cannot fail", ".github/workflows/pages.yml", "        run: python tests/project/import_asgi.py", "        run: python tests/project/import_asgi.py || true", WORKFLOW, "test_the_import_job_installs_the_requirements_alone"),
    lie("settings that leave folders out", "pytest.ini", "testpaths = tests", "testpaths = tests/project", OMS, "may leave tests out"),
    lie("settings that leave tests out", "pytest.ini", "addopts = -ra", "addopts = -ra -k index", OMS, "may leave tests out"),
    lie("empty sets that pass", "pytest.ini", "empty_parameter_set_mark = fail_at_collect\n", "", OMS, "may leave tests out"),
    lie("a test that is skipped", "tests/site/test_code.py", "def test_the_whole", "@pytest.mark.skip\ndef test_the_whole", CODE, "Make the test run, or delete it"),
    lie("a test that is expected to fail", "tests/site/test_code.py", "def test_the_whole", "@pytest.mark.xfail\ndef test_the_whole", CODE, "Make the test run, or delete it"),
    lie("a test that skips itself", "tests/site/test_code.py", "    whole, *parts", "    pytest.skip()\n    whole, *parts", CODE, "Make the test run, or delete it"),
    lie("a module that skips itself", "tests/site/test_code.py", "def titled_blocks", "pytest.skip('later', allow_module_level=True)\n\n\ndef titled_blocks", CODE, "Make the test run, or delete it"),
    lie("a test of no page", "tests/site/built.py", "rglob(\"*.md\")", "rglob(\"*.mdx\")", CODE, "Empty parameter set in"),
    lie("settings that leave a folder out", "pytest.ini", "testpaths = tests", "testpaths = tests\nnorecursedirs = lies", OMS, "may leave tests out"),
    lie("a test without its test_", "tests/site/test_code.py", "def test_the_whole", "def the_whole", SETTINGS, "nothing uses the_whole_file_comes_first"),
    lie("a test that stands twice", "tests/site/test_links.py", "def test_no_asset", "def test_no_id_stands_twice_on_a_page():\n    pass\n\n\ndef test_no_asset", SETTINGS, "test_no_id_stands_twice_on_a_page"),
    lie("tests that leave some out", "scripts/test", "-m pytest -n 2", "-m pytest -m 'not slow' -n 2", SCRIPTS, "scripts/test: its last line leaves something out"),
    lie("versions that leave some out", "tox.ini", "env_list = django51, ", "env_list = ", VERSIONS, "test_tox_runs_all_proofs_on_each_django"),
    lie("versions that cannot fail", "tox.ini", "commands = python", "commands = - python", VERSIONS, "test_tox_runs_all_proofs_on_each_django"),
    lie("a workflow that runs less", ".github/workflows/pages.yml", "        run: .ci/run", "        env:\n          PYTEST_ADDOPTS: -m 'not slow'\n        run: .ci/run", WORKFLOW, "test_nothing_around_the_steps_weakens_them"),
]  # fmt: skip

# A gate that is switched off is seen by the lies that it caught before: they pass, and that is red.
OFF = [
    lie("strict off", "scripts/build", " --strict", "", "a dead link"),
    lie("a quiet build", "scripts/build", " --strict", " --strict -q", "a dead link"),
    lie("a loud build", "scripts/build", " --strict", " --strict -v", "a dead anchor"),
    lie("anchors off", "mkdocs.yml", "    anchors: warn", "    anchors: info", "a dead anchor"),
    lie("links not checked", "mkdocs.yml", "    not_found: warn\n    unrecognized", "    not_found: info\n    unrecognized", "a dead link"),
    lie("the check of the pages off", "scripts/build", ".venv/bin/python scripts/check_pages.py all\n", "", "a range past the end"),
    lie("tests that cannot fail", "scripts/test", 'exec .venv/bin/python -m pytest -n 2 --dist worksteal "$@"', '.venv/bin/python -m pytest "$@" || true', "a dead link in raw HTML"),
    lie("tests that are not run", "scripts/test", "exec .venv/bin/python -m pytest", "exec echo", "code typed by hand"),
    lie("skips that pass", "tests/conftest.py", "    if report.skipped or hasattr", "    if hasattr", "a test that skips itself"),
    lie("worlds that are not tried", "tests/statements/conftest.py", "    if not in_a_false_world(pyfuncitem):", "    if True:", "a proof that proves nothing"),
    lie("evidence that is not compared", "tests/statements/conftest.py", "    if saw != before or not saw:", "    if False:", "what was seen is edited"),
    lie("a false world where any error will do", "tests/statements/conftest.py", "    except NotSeen:", "    except Exception:", "a proof that fails in another way"),
    lie("marks that are not compared", "tests/site/test_marks.py", "assert words == sentence", "assert words and sentence", "a not that is dropped"),
    lie("blocks that are not looked at", "tests/site/test_marks.py", "if mark is None and not", "if mark is None and False and not", "a new claim"),
    lie("settings that are not looked at", "tests/conftest.py", "    if settings != whole:", "    if False:", "settings that leave tests out"),
]  # fmt: skip


def plant(tree, file, old, new):
    """Replace a text in a file of the tree."""
    text = (tree / file).read_bytes()
    old, new = (part.encode(errors="surrogateescape") for part in (old, new))
    assert old in text, f"{file} no longer has the text that the lie replaces: {old}"
    (tree / file).write_bytes(text.replace(old, new))


def try_in(tree, *arguments):
    """Run scripts/test in the tree; give its exit code and all that it said."""
    done = subprocess.run(
        [tree / "scripts/test", "-n0", *arguments], cwd=tree, env=os.environ | {"COLUMNS": "400"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize(("file", "old", "new", "tried", "message"), [*PAGES, *PROJECT, *STATEMENTS, *GATES])
def test_a_lie_is_caught(repository, installed_copy, file, old, new, tried, message):
    plant(installed_copy, file, old, new)
    code, said = try_in(installed_copy, tried, *([] if "::" in tried and tried != HOSTS else ["-m", "not slow"]))
    assert code != 0, f"the lie passed:\n{said}"
    assert re.search(message, said), f"the lie was caught for another reason:\n{said}"
    assert "Traceback (most recent call last)" not in said.split("test session starts")[0]


@pytest.mark.parametrize(("file", "old", "new", "caught_before"), OFF)
def test_a_gate_that_is_off_lets_a_lie_pass_and_that_is_red(repository, installed_copy, file, old, new, caught_before):
    plant(installed_copy, file, old, new)
    test = f"tests/lies/test_lies.py::test_a_lie_is_caught[{caught_before}]"
    done = subprocess.run(
        [".venv/bin/python", "-m", "pytest", test], cwd=installed_copy, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stdout
    assert re.search("the lie (passed|was caught for another reason)", done.stdout), done.stdout


def test_a_link_that_leaves_the_repository_is_caught(installed_copy, tmp_path):
    (tmp_path / "outside.py").write_text("outside = True\n")
    (installed_copy / "docs/outside.py").symlink_to(tmp_path / "outside.py")
    plant(installed_copy, "docs/index.md", ONE, '--8<-- "docs/outside.py"')
    code, said = try_in(installed_copy, BUILD)
    assert code != 0, said
    assert re.search(r"docs/index.md:\d+: the snippet's file docs/outside.py is not in the repository", said), said


@pytest.mark.parametrize(
    ("old", "new", "tried", "message"),
    [
        lie("asgi.py as a link", "oms/asgi.py", "docs/assets/asgi.py", OMS, "test_each_module_is_a_plain_file"),
        lie(
            "a test that is renamed",
            "tests/site/test_text.py",
            "tests/site/text.py",
            SETTINGS,
            "is_collected_or_is_known",
        ),
    ],
)
def test_a_moved_file_is_caught(installed_copy, old, new, tried, message):
    (installed_copy / old).rename(installed_copy / new)
    if new.startswith("docs/"):
        (installed_copy / old).symlink_to(installed_copy / new)
    code, said = try_in(installed_copy, tried)
    assert code != 0 and message in said, said


def test_a_second_workflow_that_publishes_is_caught(installed_copy):
    workflow = (
        (installed_copy / ".github/workflows/pages.yml").read_text().replace("needs: [import, test]\n    if", "if")
    )
    (installed_copy / ".github/workflows/other.yml").write_text(workflow)
    code, said = try_in(installed_copy, WORKFLOW, "-m", "not slow")
    assert code != 0 and "test_no_other_workflow_publishes" in said, said


@pytest.mark.parametrize(("file", "there"), [lie("removed", "index.md", True), lie("left over", "gone.md", False)])
def test_evidence_that_is_removed_or_left_over_is_caught(installed_copy, file, there):
    path = installed_copy / "evidence" / file
    path.unlink() if there else path.touch()
    code, said = try_in(installed_copy, EVIDENCE, "-m", "not slow")
    assert code != 0, said
    assert re.search(r"file evidence/index.md is not in the repository|left over {'gone.md'}", said), said


def test_sections_that_are_swapped_are_caught(installed_copy):
    page = installed_copy / "docs/index.md"
    head, *sections = page.read_text(encoding="utf-8").split("\n## ")
    page.write_text("\n## ".join([head, sections[1], sections[0], *sections[2:]]), encoding="utf-8")
    code, said = try_in(installed_copy, DOCUMENT, "-m", "not slow")
    assert code != 0 and "docs/index.md: the headings differ from the document's" in said, said


def test_a_manage_py_is_caught(installed_copy):
    (installed_copy / "manage.py").touch()
    code, said = try_in(installed_copy, OMS)
    assert code != 0 and "test_there_is_no_manage_py" in said, said


def test_the_copy_without_a_lie_passes(installed_copy):
    code, said = try_in(installed_copy, CODE, DOCUMENT, LINKS, TEXT, HOSTS, OMS, WORKFLOW, "-m", "not slow")
    assert code == 0, said
