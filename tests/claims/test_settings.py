"""The tests of docs/settings.md: each is named for its mark there, and its docstring is the sentence before the mark.

`manage.py` is the one that startproject writes, beside a copy of `oms`.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

import pytest
from clients import ROOT
from django.core.management import call_command

ASGI, WSGI, EXAMPLE = "oms/asgi.py", "oms/wsgi.py", "examples/settings"
SETTINGS, DEVELOPMENT, PRODUCTION = "oms.settings", "oms.settings.development", "oms.settings.production"
# What a settings module does here instead of configuring anything: it says its name, and ends the process.
SAYS_ITS_NAME = "print('loaded:', __name__, flush=True)\nraise SystemExit(3)\n"
OUTCOMES = {
    r"(?m)^loaded: (.*)": r"\1",
    r"settings are not configured": r"\g<0>",
    r"No such option|unrecognized arguments": "no such option",
}
# A page of the project, and what is in force for it.
ASKED = (
    "import oms.asgi; from django.conf import settings; from django.test import Client\n"
    "page = Client(raise_request_exception=False).get('/nowhere', headers={'host': 'example.com'})\n"
    "print(settings.SETTINGS_MODULE, settings.DEBUG, page.status_code)"
)
DEBUG_SETTINGS = (
    "import os\nfrom oms.settings import *\nDEBUG = os.environ.get('DEBUG')\nALLOWED_HOSTS = ['example.com']\n"
)
KEY, HOSTS = {"SECRET_KEY": "secret"}, {"ALLOWED_HOSTS": "example.com"}
RELATIVE = (
    "from oms.settings.base import BASE_DIR, DATABASES; from pathlib import Path\n"
    "print(DATABASES['default']['NAME'].relative_to(Path.cwd()))"
)


@pytest.fixture
def written(tmp_path_factory, monkeypatch):
    """What the installed Django's startproject writes: a folder with manage.py and oms."""
    monkeypatch.setattr("django.core.management.templates.TemplateCommand.validate_name", lambda *_: None)
    folder = tmp_path_factory.mktemp("written")
    call_command("startproject", "oms", folder)
    return folder


@pytest.fixture
def site(tree, written):
    """A copy of the project, with a manage.py."""
    shutil.copy(written / "manage.py", tree)
    return tree


@pytest.fixture
def ran(site):
    """Run a command of the page in the project; give what it printed, in one line."""

    def ran(command, **environment):
        inherited = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        words = command.removeprefix("python -m ").split() if isinstance(command, str) else command
        words = words if words[0] in ("-c", "manage.py") else ["-m", *words]
        done = subprocess.run(
            [sys.executable, *words], cwd=site, env=inherited | environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return done.stdout

    return ran


@pytest.fixture
def asked(ran):
    """Load the project as a server does, and ask it for a page; give the module, DEBUG, and the page's status."""
    return lambda **environment: " ".join(ran(["-c", ASKED], **environment).split())


@pytest.fixture
def in_force(site, ran):
    """Run a command of the page; give the settings module that it loads, or why it loads none."""
    for name in ("settings", "production", "staging"):
        (site / f"oms/{name}.py").write_text(SAYS_ITS_NAME)

    def in_force(command, **environment):
        port = {"uvicorn": " --port 0", "gunicorn": " --bind 127.0.0.1:0"}.get(command.split()[0], "")
        said = ran(command + port, **environment)
        found = ((re.search(pattern, said), outcome) for pattern, outcome in OUTCOMES.items())
        return next((match.expand(outcome) for match, outcome in found if match), said)

    return in_force


@pytest.fixture
def package(tree):
    """Turn the settings of the project into the package of the example, as the page says; give its folder."""
    lines = (tree / "oms/settings.py").read_text()
    (tree / "oms/settings.py").unlink()
    folder = shutil.copytree(tree / EXAMPLE / "package", tree / "oms/settings")
    (folder / "base.py").write_text(lines)
    return folder


def table():
    """The table of the page: its commands, and for each row the words of its first cell and its other cells."""
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    rows = re.search(r"(?m)^\| What is set \| `uvicorn.*\n(?:\|.*\n)+", text)[0].splitlines()
    commands, _, *rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return commands[1:], {first: cells for first, *cells in rows}


@pytest.mark.mutation(ASGI, "oms.settings", "oms.setings")
def test_default_line(saw, in_force):
    """By default, the server and `manage.py` use `oms.settings`."""
    for command in ("uvicorn oms.asgi:application", "manage.py check"):
        saw(f"`{command}` loads", in_force(command), "oms.settings")


@pytest.mark.mutation(WSGI, "setdefault(", "__setitem__(")
def test_files_stay(saw, ran, site):
    """In production, set `DJANGO_SETTINGS_MODULE=oms.production` in the server's environment. `asgi.py`, `wsgi.py` and
    `manage.py` stay as they are.
    """
    shutil.copy(site / EXAMPLE / "production.py", site / "oms")
    variables = {"DJANGO_SETTINGS_MODULE": "oms.production", **KEY, **HOSTS}
    show = "from django.conf import settings as s; print(s.SETTINGS_MODULE, s.DEBUG, *s.ALLOWED_HOSTS)"
    for entry in ("import oms.asgi", "import oms.wsgi"):
        said = ran(["-c", f"{entry}; {show}"], **variables)
        saw(f"with `oms/production.py`, after `{entry}`: the module, `DEBUG` and the hosts", said,
            "oms.production False example.com")  # fmt: skip
    said = re.findall(r"(?m)^(SETTINGS_MODULE) = '(.*?)'", ran("manage.py diffsettings", **variables))
    saw("`manage.py diffsettings`", " ".join(*said), "SETTINGS_MODULE oms.production")


@pytest.mark.mutation(f"{EXAMPLE}/production.py", '.split(",")', ".split()")
def test_hosts_with_commas(saw, python):
    """Set three variables where the server starts: `DJANGO_SETTINGS_MODULE`, `SECRET_KEY` and `ALLOWED_HOSTS`, with commas
    between the hosts.
    """
    variables = {"DJANGO_SETTINGS_MODULE": "examples.settings.production", "SECRET_KEY": "secret"}
    variables["ALLOWED_HOSTS"] = "example.com,www.example.com"
    said = python("import oms.asgi; from django.conf import settings; print(settings.ALLOWED_HOSTS)", **variables)
    saw("the hosts that Django has then", said, "['example.com', 'www.example.com']")


@pytest.mark.mutation(ASGI, "os.environ.setdefault(", "os.environ.__setitem__(")
def test_name_not_path(saw, python):
    """The value of the variable is a module name, with dots and without `.py`."""
    no_module, no_package = "ModuleNotFoundError: No module named", "'examples.deploy.static_files' is not a package"
    for value, expected in (
        ("examples/deploy/static_files", f"{no_module} 'examples/deploy/static_files'"),
        ("examples.deploy.static_files.py", f"{no_module} 'examples.deploy.static_files.py'; {no_package}"),
        ("examples.deploy.static_files", "starts"),
    ):
        saw(f"with `{value}`", python("import oms.asgi; print('starts')", DJANGO_SETTINGS_MODULE=value), expected)


@pytest.mark.mutation(WSGI, "setdefault(", "__setitem__(")
def test_who_wins(saw, in_force):
    """`--settings` overrides the variable, and the variable overrides the line in `asgi.py`, `wsgi.py` or `manage.py`."""
    commands, rows = table()
    ways = {
        "nothing is set": ("", {}),
        "`DJANGO_SETTINGS_MODULE=oms.production`": ("", {"DJANGO_SETTINGS_MODULE": "oms.production"}),
        "the same, and `--settings oms.staging`": (
            " --settings oms.staging", {"DJANGO_SETTINGS_MODULE": "oms.production"}
        ),
        "`DJANGO_SETTINGS_MODULE=`, an empty value": ("", {"DJANGO_SETTINGS_MODULE": ""}),
    }  # fmt: skip
    assert [*rows] == [*ways], "docs/settings.md: the rows of the table are others than this test runs"
    cells = [(command.strip("`"), first, shown.strip("`")) for first, cells in rows.items()
             for command, shown in zip(commands, cells, strict=True)]  # fmt: skip
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = pool.map(lambda cell: in_force(cell[0] + ways[cell[1]][0], **ways[cell[1]][1]), cells)
        for (command, first, shown), outcome in zip(cells, outcomes, strict=True):
            saw(f"`{command}`, {first}", outcome, shown)


@pytest.mark.mutation(f"{__name__}.SETTINGS", "examples.settings.package.development")
def test_runserver_says(saw, start, project):
    """`runserver` names the module when it starts: `using settings 'oms.settings'`."""
    server = start("django runserver --noreload PORT", project, SETTINGS)
    saw("`DJANGO_SETTINGS_MODULE=oms.settings`, `runserver`", server.says(r"using settings '.*'")[0],
        "using settings 'oms.settings'")  # fmt: skip


@pytest.mark.mutation(f"{EXAMPLE}/production.py", 'os.environ["SECRET_KEY"]', '"secret"')
def test_commands_need_them(saw, ran, site):
    """Name the module in each command: `python manage.py migrate --settings oms.production`. The command also needs the
    secret key and the hosts.
    """
    shutil.copy(site / EXAMPLE / "production.py", site / "oms")
    command = "manage.py migrate --settings oms.production"
    for variables, expected in (
        (HOSTS, "KeyError: 'SECRET_KEY'"),
        (KEY, "KeyError: 'ALLOWED_HOSTS'"),
        (KEY | HOSTS, "Applying sessions.0001_initial... OK"),
    ):
        saw(f"`{command}` with {' and '.join(variables)}", ran(command, **variables).splitlines()[-1], expected)


@pytest.mark.mutation(f"{__name__}.DEBUG_SETTINGS", DEBUG_SETTINGS.replace("os.environ.get('DEBUG')", "False"))
def test_false_is_true(saw, python, tmp_path):
    """Environment variables are strings, and `"False"` counts as true: with `DEBUG = os.environ.get("DEBUG")` in the
    settings, `DEBUG=False` turns debug on.
    """
    (tmp_path / "strings.py").write_text(DEBUG_SETTINGS)
    code = f"import sys; sys.path.append({str(tmp_path)!r}); {ASKED}; print(b'DEBUG = True' in page.content)"
    said = python(code, DJANGO_SETTINGS_MODULE="strings", DEBUG="False")
    saw("`DEBUG=False`: the module, `DEBUG`, the status of a page that is not there, and whether it speaks of `DEBUG = True`",
        said, "strings False 404 True")  # fmt: skip


@pytest.mark.mutation(f"{EXAMPLE}/one_file.py", '.get("DEBUG") == "1"', '.get("DEBUG")')
def test_only_one(saw, python):
    """Compare the string. In this file, only `DEBUG=1` turns debug on:"""
    code = "import oms.asgi; from django.conf import settings; print(bool(settings.DEBUG))"
    variables = {"DJANGO_SETTINGS_MODULE": "examples.settings.one_file", **KEY}
    for value, expected in (("1", True), ("False", False)):
        saw(f"`DEBUG={value}`", python(code, **variables, DEBUG=value), expected)
    saw("without the variable", python(code, **variables), False)


@pytest.mark.mutation(f"{EXAMPLE}/production.py", 'os.environ["ALLOWED_HOSTS"].split(",")', "['*']")
def test_hosts_are_a_list(saw, ran, site):
    """Without `split`, `ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"]` fails with `The ALLOWED_HOSTS setting must be a
    list or a tuple.`
    """
    text = (site / EXAMPLE / "production.py").read_text()
    (site / "oms/production.py").write_text(text.replace('.split(",")', ""))
    said = ran(["-c", "import oms.asgi"], DJANGO_SETTINGS_MODULE="oms.production", **KEY, **HOSTS)
    saw("without `.split(\",\")`", "".join(said.splitlines()[-1:]),
        "django.core.exceptions.ImproperlyConfigured: The ALLOWED_HOSTS setting must be a list or a tuple.")  # fmt: skip


@pytest.mark.mutation("oms/settings.py", "BASE_DIR = Path(__file__).resolve().parent.parent", "BASE_DIR = Path.cwd()")
def test_one_parent_more(saw, ran, package):
    """`base.py` is one folder deeper. Add one `.parent` to `BASE_DIR`, or the project gets a new database,
    `oms/db.sqlite3`.
    """
    saw("the database as the file was moved", ran(["-c", RELATIVE]), "oms/db.sqlite3")
    base = package / "base.py"
    base.write_text(base.read_text().replace(".parent.parent", ".parent.parent.parent"))
    saw("with one `.parent` more", ran(["-c", RELATIVE]), "db.sqlite3")


@pytest.mark.mutation(f"{EXAMPLE}/package/__init__.py", '"""No', 'from .development import *\n"""No')
def test_empty_package(saw, start, package, tree):
    """`oms.settings` is now empty. With it, uvicorn starts, but each page fails with `AttributeError: 'Settings' object
    has no attribute 'ROOT_URLCONF'`.
    """
    server = start("uvicorn oms.asgi:application --port PORT", tree, None)
    with server.client() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n")
        status = client.recv(100).decode().splitlines()[0]
    saw("a page", status, "HTTP/1.1 500 Internal Server Error")
    error = re.findall(r"(?m)^AttributeError: .*", server.said())
    saw("what uvicorn printed", error[-1] if error else "", 
        "AttributeError: 'Settings' object has no attribute 'ROOT_URLCONF'")  # fmt: skip


@pytest.mark.mutation(f"{__name__}.PRODUCTION", DEVELOPMENT)
def test_production_by_default(saw, ran, asked, package, site):
    """Write `oms.settings.development` into `manage.py`, and `oms.settings.production` into `asgi.py` and `wsgi.py`. A
    server started without the variable then has `DEBUG` off.
    """
    for file, name in ((ASGI, PRODUCTION), (WSGI, PRODUCTION), ("manage.py", DEVELOPMENT)):
        (site / file).write_text((site / file).read_text().replace("oms.settings", name))
    saw("without the variable: the module, `DEBUG`, and the status of a page that is not there", asked(**KEY, **HOSTS),
        "oms.settings.production False 404")  # fmt: skip
    module = re.findall(r"(?m)^(?:DEBUG|SETTINGS_MODULE) = (\S+)", ran("manage.py diffsettings"))
    saw("`manage.py diffsettings`: `DEBUG` and the module", " ".join(module), "True 'oms.settings.development'")
