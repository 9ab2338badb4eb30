"""The tests of docs/errors-start.md: each is named for its mark there; its docstring is the sentence before the mark.

A sentence about a command is false where the reader makes no mistake: the names in capitals are the mistakes.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import venv
from pathlib import Path

import httpx
import pytest
from live import ACCEPTS, ERROR, logged

from tests.shared.running import ROOT, until

BIN = Path(sys.executable).parent
# Where the reader stands, in a folder with what startproject wrote: oms, and in it the package oms.
ABOVE, OUTER, INNER = ".", "oms", "oms/oms"
NO_COLON = "oms.asgi", "oms/asgi.py"
NO_ENVIRONMENT = "/nowhere"
UVICORN_ALONE = "uvicorn", "click", "h11", "typing_extensions.py"
UVICORN_AND_DJANGO = *UVICORN_ALONE, "django", "asgiref", "sqlparse"
WITH_CHANNELS = *UVICORN_AND_DJANGO, "channels"
# Where a project names the package, as an edit of a file.
CHANNELS = {
    "`INSTALLED_APPS`": ("oms/settings.py", "INSTALLED_APPS = [", 'INSTALLED_APPS = ["channels",'),
    "`asgi.py`": ("oms/asgi.py", "import os", "import os, channels"),
}
WHITENOISE = {
    "`MIDDLEWARE`": (
        "oms/settings.py",
        "MIDDLEWARE = [",
        'MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware",',
    ),
}
MISSPELT = "oms.asgii", "oms.setings"

APPLICATION = "application = "
SETDEFAULT = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")'
MODEL = "from django.contrib.auth.models import User"


def listen(port):
    """Another program that listens on a port."""
    return socket.create_server(("127.0.0.1", port))


def last_line(text):
    return " ".join(text.splitlines()[-1].split()) if text else ""


def attempt(start, *given, **more):
    """Start a server; give "starts", or the last line that it says."""
    try:
        start(*given, **more)
    except pytest.fail.Exception as error:
        return last_line(str(error))
    return "starts"


@pytest.fixture
def server(start, project):
    """Start a server with the page's command, in an environment that names no settings."""

    def server(command, folder=project, settings=None, **environment):
        program, *arguments = command.split()
        port = ("--bind", "127.0.0.1:PORT") if program == "hypercorn" else ("--port", "PORT")
        return start([BIN / program, *arguments, *port], folder, settings, **environment)

    return server


@pytest.fixture
def started(server, project, answers):
    """Start a server; give "starts", or the last line that it says. In the project as it is each is started once."""

    def started(command, folder=project, **more):
        known = answers if folder == ROOT else {}
        key = "started", command, *more.items()
        if key not in known:
            known[key] = attempt(server, command, folder, **more)
        return known[key]

    return started


@pytest.fixture
def asked(server):
    """Start a server and ask it for a page; give the page's status, and the last error that the server printed."""

    def asked(command, *folder, host="127.0.0.1", **more):
        running = server(command, *folder, **more)
        status = httpx.get(running.url, headers={"Host": host}).status_code
        errors = re.findall(r"(?m)^[\w.]*(?:Error|ImproperlyConfigured): .*", running.said())
        return " ".join([str(status), *errors[-1:]])

    return asked


@pytest.fixture
def django_says(project):
    """Run a command of Django; give the last line that it says."""

    def django_says(command, settings, folder=project):
        done = subprocess.run(
            [sys.executable, "-m", "django", *command.split(), "--settings", settings],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return last_line(done.stdout)

    return django_says


@pytest.fixture
def environment(start, tmp_path_factory):
    """Make an environment that has some packages; start a server in it, and give "starts" or the last line it says."""

    def environment(*names):
        folder = tmp_path_factory.mktemp("other")
        venv.create(folder)
        (packages,) = folder.glob("lib/*/site-packages")
        for name in names:
            (packages / name).symlink_to(Path(httpx.__file__).parents[1] / name)

        def python(command, project):
            words = [folder / "bin/python", "-m", *command.split(), "--port", "PORT"]
            return attempt(start, words, project, settings=None)

        return python

    return environment


@pytest.fixture
def layout(project, tmp_path_factory):
    """A folder with what startproject writes: oms, and in it the package oms."""
    folder = tmp_path_factory.mktemp("layout")
    shutil.copytree(project / "oms", folder / "oms/oms", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.mutation(f"{__name__}.ABOVE", OUTER)
def test_one_folder_above(saw, started, layout):
    """You are one folder above the project. The outer `oms` has no `asgi.py`."""
    for program, error in (
        ("uvicorn", 'ERROR: Error loading ASGI app. Could not import module "oms.asgi".'),
        (
            "hypercorn",
            "hypercorn.utils.NoAppError: Cannot load application from 'oms.asgi:application', module not found.",
        ),
    ):
        saw(f"`{program} oms.asgi:application`", started(f"{program} oms.asgi:application", layout / ABOVE), error)


@pytest.mark.mutation("oms/asgi.py", APPLICATION, f"open('oms/asgi.py').close()\n{APPLICATION}")
def test_into_the_project(saw, started, layout):
    """Change into the outer folder, or name it: `uvicorn --app-dir oms oms.asgi:application`."""
    saw("`uvicorn oms.asgi:application`, there", started("uvicorn oms.asgi:application", layout / OUTER), "starts")
    said = started("uvicorn --app-dir oms oms.asgi:application", layout / ABOVE)
    saw("with `--app-dir`, from above", said, "starts")


@pytest.mark.mutation(f"{__name__}.INNER", OUTER)
def test_in_another_folder(saw, started, layout, tmp_path_factory):
    """You are outside the project's folder, or in the one that holds `asgi.py`."""
    other = tmp_path_factory.mktemp("other")
    for where, folder in (("another folder", other), ("the folder of `asgi.py`", layout / INNER)):
        said = started("uvicorn oms.asgi:application", folder)
        saw(f"`uvicorn oms.asgi:application` in {where}", said, "ModuleNotFoundError: No module named 'oms'")


@pytest.mark.mutation(f"{__name__}.ABOVE", OUTER)
def test_daphne_above_the_project(saw, started, layout):
    """daphne prints the second message one folder above the project."""
    said = started("daphne oms.asgi:application", layout / ABOVE)
    saw("`daphne oms.asgi:application`", said, "ModuleNotFoundError: No module named 'oms.asgi'")


@pytest.mark.mutation("oms/asgi.py", APPLICATION, f"open('oms/asgi.py').close()\n{APPLICATION}")
def test_from_anywhere(saw, started, layout, tmp_path_factory):
    """Change into the folder that contains the package `oms`, or give uvicorn its path with `--app-dir`."""
    saw("`daphne oms.asgi:application`, there", started("daphne oms.asgi:application", layout / OUTER), "starts")
    other = tmp_path_factory.mktemp("other")
    said = started(f"uvicorn --app-dir {layout / OUTER} oms.asgi:application", other)
    saw("`uvicorn --app-dir PATH oms.asgi:application` in another folder", said, "starts")


@pytest.mark.mutation(f"{__name__}.MISSPELT", ("oms.asgi", "oms.settings"))
def test_misspelt_module(saw, started):
    """The name is misspelt: in `DJANGO_SETTINGS_MODULE`, or in the command, where uvicorn says `Could not import module
    "oms.asgii".`
    """
    asgi, settings = MISSPELT
    error = f'ERROR: Error loading ASGI app. Could not import module "{asgi}".'
    saw(f"`uvicorn {asgi}:application`", started(f"uvicorn {asgi}:application"), error)
    said = started("uvicorn oms.asgi:application", settings=settings)
    error = f"ModuleNotFoundError: No module named '{settings}'"
    saw(f"`DJANGO_SETTINGS_MODULE={settings} uvicorn oms.asgi:application`", said, error)


@pytest.mark.mutation("oms/asgi.py", APPLICATION, f"open('oms/asgi').close()\n{APPLICATION}")
def test_module_as_its_file(saw, started):
    """Write the name of the file without `.py`: `oms.asgi`, `oms.settings`."""
    said = started("uvicorn oms.asgi:application", settings="oms.settings")
    saw("`DJANGO_SETTINGS_MODULE=oms.settings uvicorn oms.asgi:application`", said, "starts")


@pytest.mark.mutation("oms/asgi.py", APPLICATION, "app = ")
def test_no_variable_app(saw, started):
    """The module has no variable of that name. daphne says `AttributeError: module 'oms.asgi' has no attribute 'app'`."""
    for program, error in (
        ("uvicorn", 'ERROR: Error loading ASGI app. Attribute "app" not found in module "oms.asgi".'),
        ("daphne", "AttributeError: module 'oms.asgi' has no attribute 'app'"),
        (
            "hypercorn",
            "hypercorn.utils.NoAppError: Cannot load application from 'oms.asgi:app', application not found.",
        ),
    ):
        saw(f"`{program} oms.asgi:app`", started(f"{program} oms.asgi:app"), error)


@pytest.mark.mutation("oms/asgi.py", APPLICATION, "app = ")
def test_variable_application(saw, started):
    """`startproject` calls it `application`: `uvicorn oms.asgi:application`."""
    saw("`uvicorn oms.asgi:application`", started("uvicorn oms.asgi:application"), "starts")


@pytest.mark.mutation(f"{__name__}.NO_COLON", ("oms.asgi:application",))
def test_no_colon(saw, started):
    """The variable is missing, or you gave a path such as `oms/asgi.py`."""
    for name in NO_COLON:
        error = f'ERROR: Error loading ASGI app. Import string "{name}" must be in format "<module>:<attribute>".'
        saw(f"`uvicorn {name}`", started(f"uvicorn {name}"), error)


@pytest.mark.mutation("oms/asgi.py", APPLICATION, "app = ")
def test_with_colon(saw, started):
    """Write the module with a dot, then a colon and the variable: `uvicorn oms.asgi:application`."""
    saw("`uvicorn oms.asgi:application`", started("uvicorn oms.asgi:application"), "starts")


@pytest.mark.mutation("oms/asgi.py", "application = get_asgi_application()", "application = get_asgi_application")
def test_no_factory(saw, started):
    """`--factory` calls `application`, which is not a factory."""
    error = (
        "ERROR: Error loading ASGI app factory: ASGIHandler.__call__() missing 3 required positional arguments: "
        "'scope', 'receive', and 'send'"
    )
    saw("`uvicorn --factory oms.asgi:application`", started("uvicorn --factory oms.asgi:application"), error)


@pytest.mark.mutation("oms/asgi.py", APPLICATION, "app = ")
def test_without_factory(saw, started):
    """Leave out `--factory`."""
    saw("`uvicorn oms.asgi:application`", started("uvicorn oms.asgi:application"), "starts")


def typed(command, path):
    """Type a command into a shell that looks for programs in one place; give the last line that it says."""
    done = subprocess.run(
        ["/bin/bash", "-c", command], env={"PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return last_line(done.stdout).removeprefix("/bin/bash: line 1: ")


@pytest.mark.mutation(f"{__name__}.NO_ENVIRONMENT", str(BIN))
def test_not_activated(saw):
    """The shell does not search uvicorn's environment."""
    said = typed("uvicorn oms.asgi:nothing", NO_ENVIRONMENT)
    saw("`uvicorn oms.asgi:application` where no environment is active", said, "uvicorn: command not found")


@pytest.mark.mutation(f"{__name__}.BIN", Path(NO_ENVIRONMENT))
def test_activated_or_path(saw):
    """Activate the environment, or write the path: `.venv/bin/uvicorn`."""
    for how, command in (("activated", f". {BIN}/activate && uvicorn"), ("the path", f"{BIN}/uvicorn")):
        said = typed(f"{command} --version", "/usr/bin:/bin")
        saw(f"`uvicorn --version`, {how}", " ".join(said.split()[:2]), "Running uvicorn")


@pytest.mark.mutation(f"{__name__}.UVICORN_ALONE", UVICORN_AND_DJANGO)
def test_without_django(saw, environment):
    """The server's environment has no Django."""
    said = environment(*UVICORN_ALONE)("uvicorn oms.asgi:application", ROOT)
    error = "ModuleNotFoundError: No module named 'django'"
    saw("`python -m uvicorn oms.asgi:application` in an environment with uvicorn alone", said, error)


@pytest.mark.mutation("oms/asgi.py", APPLICATION, "app = ")
def test_one_environment(saw, started):
    """Install both in one environment, and start the server with its Python: `.venv/bin/python -m uvicorn
    oms.asgi:application`.
    """
    said = started("python -m uvicorn oms.asgi:application")
    saw("`.venv/bin/python -m uvicorn oms.asgi:application`", said, "starts")


@pytest.mark.mutation("examples/errors_start/early.py", MODEL, "# ")
def test_model_too_early(saw, started):
    """A model is imported above `get_asgi_application()`, which loads the apps."""
    error = "django.core.exceptions.AppRegistryNotReady: Apps aren't loaded yet."
    said = started("uvicorn examples.errors_start.early:application")
    saw("uvicorn, where the import of a model stands above `get_asgi_application()`", said, error)


@pytest.mark.mutation("examples/errors_start/late.py", SETDEFAULT, f"{SETDEFAULT}\n{MODEL}")
def test_model_below(saw, started):
    """Move such imports below the call, as in `late.py`."""
    said = started("uvicorn examples.errors_start.late:application")
    saw("uvicorn, where it stands below", said, "starts")


@pytest.mark.mutation("examples/errors_start/sorted.py", MODEL, "# ")
def test_setting_too_early(saw, started):
    """Something reads a setting before line 14 of `asgi.py` names the settings. Sorted imports cause this."""
    error = (
        "django.core.exceptions.ImproperlyConfigured: Requested setting INSTALLED_APPS, but settings are not "
        "configured. You must either define the environment variable DJANGO_SETTINGS_MODULE or call "
        "settings.configure() before accessing settings."
    )
    said = started("uvicorn examples.errors_start.sorted:application")
    saw("uvicorn, where the imports are sorted and a model is among them", said, error)


@pytest.mark.mutation("examples/errors_start/late.py", "import os\n", f"import os\n{MODEL}\n")
def test_setting_below(saw, started):
    """Move such imports below `get_asgi_application()`, as in `late.py`."""
    said = started("uvicorn examples.errors_start.late:application")
    saw("uvicorn, where the import of a model stands below", said, "starts")


@pytest.mark.mutation("oms/asgi.py", SETDEFAULT, 'os.environ["DJANGO_SETTINGS_MODULE"] = "oms.settings"')
def test_empty_settings_variable(saw, started):
    """An empty `DJANGO_SETTINGS_MODULE` gives the message with `LOGGING_CONFIG`; unset it."""
    said = started("uvicorn oms.asgi:application", settings="")
    error = "ImproperlyConfigured: Requested setting LOGGING_CONFIG, but settings are not configured."
    saw("`DJANGO_SETTINGS_MODULE= uvicorn oms.asgi:application`", said[said.find("Imp") :][: len(error)], error)
    saw("`uvicorn oms.asgi:application` without the variable", started("uvicorn oms.asgi:application"), "starts")


UNLISTED = "uvicorn examples.errors_start.unlisted.asgi:application"
APPS = "INSTALLED_APPS = ["
WITH_THE_APP = f'{APPS}"examples.errors_start.unlisted", '


@pytest.mark.mutation("oms/settings.py", APPS, WITH_THE_APP)
def test_model_of_no_app(saw, started):
    """Something imports a model of an app that is not in `INSTALLED_APPS`."""
    error = (
        "RuntimeError: Model class examples.errors_start.unlisted.models.Room doesn't declare an explicit app_label "
        "and isn't in an application in INSTALLED_APPS."
    )
    saw("uvicorn, where `asgi.py` imports such a model", started(UNLISTED), error)


@pytest.mark.mutation(f"{__name__}.WITH_THE_APP", f'{APPS}"unlisted", ')
def test_app_is_named(saw, started, edited):
    """Add the app's package there, spelt as in the import."""
    folder = edited("oms/settings.py", APPS, WITH_THE_APP)
    saw('the same, with `"examples.errors_start.unlisted"` in `INSTALLED_APPS`', started(UNLISTED, folder), "starts")


@pytest.mark.mutation("oms/asgi.py", SETDEFAULT, 'os.environ["DJANGO_SETTINGS_MODULE"] = "oms.settings"')
def test_other_settings(saw, started):
    """The environment variable `DJANGO_SETTINGS_MODULE` names a module that does not exist. It overrides line 14 of
    `asgi.py`.
    """
    said = started("uvicorn oms.asgi:application", settings="mysite.settings")
    error = "ModuleNotFoundError: No module named 'mysite'"
    saw("`DJANGO_SETTINGS_MODULE=mysite.settings uvicorn oms.asgi:application`", said, error)


@pytest.mark.mutation("oms/settings.py", "USE_TZ = True", "raise SystemExit")
def test_own_settings(saw, started):
    """Unset it, or set it to `oms.settings`."""
    said = started("uvicorn oms.asgi:application")
    saw("`uvicorn oms.asgi:application` without the variable", said, "starts")
    said = started("uvicorn oms.asgi:application", settings="oms.settings")
    saw("with `DJANGO_SETTINGS_MODULE=oms.settings`", said, "starts")


@pytest.mark.mutation(f"{__name__}.UVICORN_AND_DJANGO", (*UVICORN_AND_DJANGO, "channels", "whitenoise"))
def test_missing_package(saw, environment, tree):
    """`INSTALLED_APPS`, `MIDDLEWARE` or `asgi.py` names a package that is not in the server's environment."""
    python = environment(*UVICORN_AND_DJANGO)
    for package, places in (("channels", CHANNELS), ("whitenoise", WHITENOISE)):
        error = f"ModuleNotFoundError: No module named '{package}'"
        for where, (file, old, new) in places.items():
            text = (tree / file).read_text()
            (tree / file).write_text(text.replace(old, new))
            saw(f"uvicorn where `{package}` stands in {where}", python("uvicorn oms.asgi:application", tree), error)
            (tree / file).write_text(text)


@pytest.mark.mutation(f"{__name__}.WITH_CHANNELS", UVICORN_AND_DJANGO)
def test_package_installed(saw, environment, tree):
    """Install it there: `.venv/bin/python -m pip install channels`."""
    python = environment(*WITH_CHANNELS)
    for where, (file, old, new) in CHANNELS.items():
        text = (tree / file).read_text()
        (tree / file).write_text(text.replace(old, new))
        saw(f"uvicorn with the package, `channels` in {where}", python("uvicorn oms.asgi:application", tree), "starts")
        (tree / file).write_text(text)


@pytest.mark.mutation("examples/errors_start/key.py", '"SECRET_KEY", ""', '"SECRET_KEY", "x"')
def test_no_key(saw, started, asked):
    """The settings read the key from the environment, where it is not set."""
    said = started("uvicorn oms.asgi:application", settings="examples.deploy.production")
    saw('uvicorn with `os.environ["SECRET_KEY"]`', said, "KeyError: 'SECRET_KEY'")
    error = asked("uvicorn oms.asgi:application", settings="examples.errors_start.key")
    expected = "500 django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty."
    saw('a page, with `os.environ.get("SECRET_KEY", "")`', error, expected)


@pytest.mark.mutation("examples/errors_start/key.py", '.get("SECRET_KEY", "")', '.get("KEY", "")')
def test_with_key(saw, started, asked):
    """Start it with the key: `SECRET_KEY=... uvicorn oms.asgi:application`."""
    with_key = {"SECRET_KEY": "a long one", "ALLOWED_HOSTS": "example.com"}
    said = started("uvicorn oms.asgi:application", settings="examples.deploy.production", **with_key)
    saw('uvicorn with the key and `os.environ["SECRET_KEY"]`', said, "starts")
    said = asked("uvicorn oms.asgi:application", settings="examples.errors_start.key", **with_key)
    saw('a page, with the key and `os.environ.get("SECRET_KEY", "")`', said, "200")


WORKERS = "uvicorn oms.asgi:application --workers 2"
HOSTS = {"settings": "examples.deploy.production", "ALLOWED_HOSTS": "127.0.0.1"}


@pytest.mark.mutation("examples/deploy/production.py", 'os.environ["SECRET_KEY"]', '"x"')
def test_workers_that_die(saw, project, processes):
    """A worker fails as it starts."""
    variables = {**os.environ, "DJANGO_SETTINGS_MODULE": HOSTS["settings"], "ALLOWED_HOSTS": "127.0.0.1"}
    how = {"cwd": project, "env": variables, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    command = [sys.executable, "-m", *WORKERS.split(), "--port", "0"]  # it does not listen before a worker does
    processes.append(subprocess.Popen(command, **how, start_new_session=True))
    said = []
    for line in processes[0].stdout:
        said += re.findall(r"KeyError: .*|(Child process) \[\d+\] (died)|startup complete", line) and [line.strip()]
        if "startup complete" in line or (len(said) > 3 and "died" in line):
            break
    last = " ".join(re.sub(r"\d+", "4711", said[-1]).split())
    saw("what uvicorn says, after more than two workers have died", last, "INFO: Child process [4711] died")
    saw("the process that starts them", "runs" if processes[0].poll() is None else "has ended", "runs")
    command = [sys.executable, "-m", "gunicorn", "-k", "asgi", "oms.asgi:application", "--bind", "127.0.0.1:0"]
    said = re.findall("KeyError: .*|Reason: .*", subprocess.run(command, **how).stdout)
    saw("gunicorn", ", ".join(said), "KeyError: 'SECRET_KEY', Reason: Worker failed to boot.")


@pytest.mark.mutation("examples/deploy/production.py", "SECURE_SSL_REDIRECT = True", 'ROOT_URLCONF = "gone"')
def test_workers_that_live(saw, server):
    """If it is the secret key, set it."""
    running = server(WORKERS, **HOSTS, SECRET_KEY="a long one")
    said = httpx.get(running.url, headers={"X-Forwarded-Proto": "https"}).status_code
    saw("`GET /`, for which the project has no page", said, 404)


@pytest.fixture
def in_production(tree):
    """The project without DEBUG."""
    settings = tree / "oms/settings.py"
    settings.write_text(settings.read_text().replace("DEBUG = True", "DEBUG = False"))
    return settings


@pytest.mark.mutation("oms/settings.py", "ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["example.com"]')
def test_no_hosts(saw, asked, django_says, in_production, tree):
    """`runserver` refuses to start; uvicorn answers each page with 400."""
    said = django_says("runserver --noreload --skip-checks 1.2.3.4:0", "oms.settings", tree)
    error = "CommandError: You must set settings.ALLOWED_HOSTS if DEBUG is False."
    saw("`python -m django runserver`, with `DEBUG = False` and `ALLOWED_HOSTS = []`", said, error)
    said = asked("uvicorn oms.asgi:application", tree, host="example.com")
    saw("a page of `example.com` from uvicorn", said, "400")


@pytest.mark.mutation("oms/settings.py", "ALLOWED_HOSTS = []", "ALLOWED_HOSTS = list()")
def test_with_hosts(saw, asked, in_production, tree):
    """Name your site's hosts: `ALLOWED_HOSTS = ["example.com"]`."""
    text = in_production.read_text()
    in_production.write_text(text.replace("ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["example.com"]'))
    said = asked("uvicorn oms.asgi:application", tree, host="example.com")
    saw("a page of `example.com` that is not there, from uvicorn", said, "404")


CIRCLE = "examples.errors_start.circle.settings"
FROM_ASGI = "from oms.asgi import application\n"


@pytest.mark.mutation("examples/errors_start/circle/models.py", FROM_ASGI, "")
def test_models_import_asgi(saw, started):
    """A module that Django loads at startup, such as an app's `models.py`, imports `oms.asgi`."""
    said = started("uvicorn oms.asgi:application", settings=CIRCLE)
    error = (
        "ImportError: cannot import name 'application' from partially initialized module 'oms.asgi' "
        "(most likely due to a circular import)"
    )
    saw("`uvicorn oms.asgi:application`, with such an app", said.rpartition(" (")[0], error)


@pytest.fixture
def mended(tree):
    """The project, where the app imports asgi.py in its function."""
    models = tree / "examples/errors_start/circle/models.py"
    text = models.read_text().replace(FROM_ASGI, "")
    models.write_text(text.replace("    return", f"    {FROM_ASGI}    return"))
    return tree


@pytest.mark.mutation("examples/errors_start/circle/models.py", "\n\ndef", "\napplication.routes\n\ndef")
def test_import_in_the_function(saw, started, mended):
    """Import it inside the function that uses it."""
    said = started("uvicorn oms.asgi:application", mended, settings=CIRCLE)
    saw("`uvicorn oms.asgi:application`, with the import in the function", said, "starts")


@pytest.mark.mutation("examples/errors_start/circle/models.py", FROM_ASGI, "")
def test_apps_load_asgi(saw, django_says):
    """The same import gives this in a command such as `python -m django check`."""
    said = django_says("check", CIRCLE)
    saw("`python -m django check`, with such an app", said, "RuntimeError: populate() isn't reentrant")


@pytest.mark.mutation("examples/errors_start/circle/models.py", FROM_ASGI, f"import oms.asgi\n{FROM_ASGI}")
def test_in_the_function_too(saw, django_says, mended):
    """Here too, import it inside the function."""
    said = django_says("check", CIRCLE, mended)
    saw("`python -m django check`", said, "System check identified no issues (0 silenced).")


@pytest.mark.mutation(f"{__name__}.listen", lambda port: contextlib.nullcontext())
def test_port_is_taken(saw, start, free_port):
    """Another program is listening on the port."""

    def said(command):
        server = start(command, port=free_port)  # which takes the other program's listening for the server's
        until(lambda: server.process.poll() is not None or "running on" in server.said())
        errors = re.findall(r"(?:\[Errno|Couldn't listen|That port).*", server.said())
        # Python 3.13 says [errno 98] a second time.
        return errors[-1].replace(str(free_port), "8000").replace("[errno 98] ", "") if errors else "starts"

    taken = "[Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use"
    with listen(free_port):
        saw("`uvicorn`", said("uvicorn oms.asgi:application --port PORT"), taken)
        daphne = said("daphne oms.asgi:application --port PORT")
        saw("`daphne`", daphne, "Couldn't listen on 127.0.0.1:8000: [Errno 98] Address already in use.")
        runserver = said("django runserver --noreload PORT")
        saw("`python -m django runserver`", runserver, "That port is already in use.")


@pytest.mark.mutation("oms/urls.py", "urlpatterns = [", "urlpatterns = 1 / 0 or [")
def test_another_port(saw, server, free_port):
    """Stop that program, or use another port: `uvicorn oms.asgi:application --port 8001`."""
    with listen(free_port):
        status = httpx.get(server("uvicorn oms.asgi:application").url).status_code
        saw("a page of `uvicorn`, on a port beside one that is taken", status, 200)


BARE = "uvicorn oms.asgi:application --port PORT"


RUNSERVER = "django runserver PORT --noreload --skip-checks"


DAPHNES = "examples/errors_websockets/runserver.py"


@pytest.mark.mutation("oms/asgi.py", "application = ", ACCEPTS)
def test_lifespan_unsupported(saw, serve):
    """Nothing is broken: uvicorn asks for lifespan, which Django does not support."""
    server = serve(BARE)
    said = logged(server, "ASGI 'lifespan'.*", 0)
    saw("uvicorn's log", said, "ASGI 'lifespan' protocol appears unsupported.")
    saw("`GET /`", httpx.get(server.url).status_code, 200)


@pytest.mark.mutation(
    "oms/asgi.py", "application = ", "import sys; print(\"ASGI 'lifespan'\", flush=True)\napplication = "
)
def test_lifespan_off(saw, start, project):
    """With `--lifespan off`, the line is gone."""
    server = start(f"{BARE} --lifespan off", project)
    saw("the line in the log", bool(logged(server, "ASGI 'lifespan'", 0)), False)
    saw("`GET /`", httpx.get(server.url).status_code, 200)


def said_at_first(start, *server):
    """What a server says until it listens or ends: the lines, without the places in tracebacks."""
    try:
        said = start(*server).said()
    except pytest.fail.Exception as error:
        said = str(error)
    return [line for line in said.splitlines() if line and not line.startswith(" ")] or ["nothing"]


@pytest.mark.mutation("oms/asgi.py", "application = ", ACCEPTS)
def test_lifespan_on(saw, start, project):
    """You started uvicorn with `--lifespan on`."""
    said = said_at_first(start, f"{BARE} --lifespan on", project)
    errors = " ".join(line for line in said if re.match("ERROR|ValueError", line))
    expected = "ValueError: Django can only handle ASGI/HTTP connections, not lifespan."
    expected = f"ERROR: Exception in 'lifespan' protocol {expected} ERROR: Application startup failed. Exiting."
    saw("the errors in its log", errors, expected)


@pytest.mark.mutation("oms/asgi.py", "application = ", "raise SystemExit\napplication = ")
def test_lifespan_auto(saw, serve):
    """Without the option, it starts."""
    said = said_at_first(serve, BARE)
    saw("its log", any("Application startup complete." in line for line in said), True)


ASGI_APPLICATION = 'ASGI_APPLICATION = "examples.errors_websockets.asgi.application"'


@pytest.fixture
def runserver(start, edited):
    """Start daphne's `runserver` with a line for `ASGI_APPLICATION`; give what it says."""

    def runserver(line):
        tree = edited(DAPHNES, ASGI_APPLICATION, line)
        return said_at_first(start, RUNSERVER, tree, "examples.errors_websockets.runserver")

    return runserver


@pytest.mark.mutation(DAPHNES, '"daphne", ', "")
def test_no_asgi_application(saw, runserver):
    """daphne's `runserver` needs the setting `ASGI_APPLICATION`, which `startproject` does not write."""
    expected = "CommandError: You have not set ASGI_APPLICATION, which is needed to run the server."
    saw("the end of its log without the line", runserver("")[-1], expected)
    settings = (ROOT / "oms/settings.py").read_text()
    saw("`ASGI_APPLICATION` in the settings of `startproject`", settings.count("ASGI_APPLICATION"), 0)


@pytest.fixture
def check(edited):
    """Run `check` with other `INSTALLED_APPS`; give the errors, or that there are none."""

    def check(apps):
        tree = edited(DAPHNES, '["daphne", *INSTALLED_APPS]', apps)
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "examples.errors_websockets.runserver"}
        command = [sys.executable, "-m", "django", "check"]
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
        errors = re.findall(r"\(daphne\..*", done.stderr)
        return ", ".join(errors) or done.stdout.strip()

    return check


@pytest.mark.mutation("oms/settings.py", '    "django.contrib.staticfiles",\n', "")
def test_daphne_below(saw, check):
    """daphne is listed after `django.contrib.staticfiles`."""
    expected = "(daphne.E001) Daphne must be listed before django.contrib.staticfiles in INSTALLED_APPS."
    saw("`check`, with daphne as the last", check('[*INSTALLED_APPS, "daphne"]'), expected)


@pytest.mark.mutation(DAPHNES, '["daphne", *INSTALLED_APPS]', '[*INSTALLED_APPS, "daphne"]')
def test_daphne_above(saw, check):
    """List it first."""
    said = check('["daphne", *INSTALLED_APPS]')
    saw("`check`", said, "System check identified no issues (0 silenced).")


@pytest.mark.mutation(DAPHNES, '"daphne", ', "")
def test_asgi_application_a_module(saw, runserver):
    """`ASGI_APPLICATION` is `"oms.asgi"`, without the name of the variable."""
    expected = "django.core.exceptions.ImproperlyConfigured: Cannot find 'asgi' in ASGI_APPLICATION module oms"
    saw("the end of its log", runserver('ASGI_APPLICATION = "oms.asgi"')[-1], expected)


@pytest.mark.mutation("oms/asgi.py", "application = ", "app = ")
def test_asgi_application_a_variable(saw, runserver):
    """With `"oms.asgi.application"` it starts."""
    said = runserver('ASGI_APPLICATION = "oms.asgi.application"')[-1]
    saw("the end of its log", said, "Quit the server with CONTROL-C.")


NOT_IMPORTED = "django.core.exceptions.ImproperlyConfigured: Cannot import ASGI_APPLICATION module"


@pytest.mark.mutation(DAPHNES, '"daphne", ', "")
def test_asgi_application_misspelt(saw, runserver):
    """`Cannot import` means that the module it names does not exist."""
    said = runserver('ASGI_APPLICATION = "mysite.asgi.application"')[-1]
    saw("the end of its log, with `mysite.asgi.application`", said, f"{NOT_IMPORTED} 'mysite.asgi'")


@pytest.mark.mutation(DAPHNES, '"daphne", ', "")
def test_asgi_application_imports(saw, runserver, edited):
    """Or that module imports one that does not exist, which the traceback above names."""
    edited("oms/asgi.py", "import os\n", "import os\nimport gone\n")
    said = runserver('ASGI_APPLICATION = "oms.asgi.application"')
    first, last = next(filter(re.compile(ERROR).match, said), "no error"), said[-1]
    saw("its log, with `import gone` in `oms/asgi.py`", first, "ModuleNotFoundError: No module named 'gone'")
    saw("the end of its log", last, f"{NOT_IMPORTED} 'oms.asgi'")
