"""The tests of docs/start.md: each is named for its mark there, and its docstring is the sentence before the mark.

measure/commands runs the page's commands themselves, in their order.
"""

import re
import subprocess
import sys

import pytest
from clients import accept, answer, run, websocket

from tests.shared.running import until

OUTSIDE = "."  # a folder that is not the one with manage.py: the one around it
FRENCH = "“L’installation s’est déroulée avec succès. Félicitations !”"


@pytest.mark.mutation("oms/asgi.py", "application = ", "print('no'); raise SystemExit\napplication = ")
def test_server_imports_asgi_py(saw, served):
    """The project is the folder `oms`. An ASGI server imports its `oms/asgi.py`."""
    saw("`uvicorn oms.asgi:application`, `GET /`", served("uvicorn oms.asgi:application")[:12], "HTTP/1.1 200")


@pytest.mark.mutation("oms/asgi.py", "application = ", "app = ")
def test_module_and_variable(saw, python):
    """`oms.asgi:application` names the module and the variable in it."""
    said = python(
        "from uvicorn.importer import import_from_string as i; print(type(i('oms.asgi:application')).__name__)"
    )
    saw("what uvicorn imports for `oms.asgi:application`", said, "ASGIHandler")


@pytest.mark.mutation(
    "oms/asgi.py",
    "application = ",
    "async def application(scope, receive, send): await receive(); await send({'type': 'lifespan.startup.complete'}); await receive()\n_ = ",
)
def test_lifespan_line(saw, start, tree):
    """uvicorn logs `ASGI 'lifespan' protocol appears unsupported.`"""
    server = start("uvicorn oms.asgi:application --port PORT", tree)
    said = [line.split("INFO:")[1].strip() for line in server.stop().splitlines() if "lifespan" in line]
    saw("lines of uvicorn's log with `lifespan`", " ".join(said), "ASGI 'lifespan' protocol appears unsupported.")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", accept)
def test_nothing_is_broken(saw):
    """Nothing is broken: Django does not handle lifespan."""
    error = "ValueError: Django can only handle ASGI/HTTP connections, not lifespan."
    saw("a lifespan scope to the application", run(websocket(kind="lifespan")), error)


@pytest.mark.mutation("oms/settings.py", "USE_I18N = True", "USE_I18N = False")
def test_reload_shows_the_change(saw, start, tree):
    """uvicorn restarts the project. `asgi.py` is unchanged: it names the settings module, which holds the rest."""
    server = start("uvicorn oms.asgi:application --port PORT --reload", tree)
    before = answer(server.url)
    settings = tree / "oms/settings.py"
    settings.write_text(settings.read_text() + 'LANGUAGE_CODE = "fr"\n')

    def started_anew():
        if "Reloading" not in server.said():
            settings.touch()  # uvicorn does not see a change in its first quarter of a second
        if server.said().count("startup complete") > 1:
            said = answer(server.url)
            return said if said.startswith("HTTP/1.1 200") else None

    after = until(started_anew, 60) or "nothing"
    saw("the heading before", before[14:], "“The install worked successfully! Congratulations!”")
    saw("after a change of `oms/settings.py` alone", after[14:], FRENCH)


@pytest.mark.mutation(f"{__name__}.OUTSIDE", "mysite")
def test_stand_beside_manage_py(saw, start, tmp_path):
    """In the folder above, uvicorn does not find the project: `Error loading ASGI app. Could not import module
    "mysite.asgi".` In any other folder it says `No module named 'mysite'`.
    """
    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite"], cwd=tmp_path, check=True)

    def starts(folder):
        try:
            server = start("uvicorn mysite.asgi:application --port PORT", tmp_path / folder, "mysite.settings")
        except pytest.fail.Exception as error:
            return re.sub(r"^ERROR:\s+", "", str(error).splitlines()[-1])
        return answer(server.url)[:12]

    saw("`uvicorn mysite.asgi:application` beside `manage.py`, `GET /`", starts("mysite"), "HTTP/1.1 200")
    error = 'Error loading ASGI app. Could not import module "mysite.asgi".'
    saw("one folder above", starts(OUTSIDE), error)
    saw("in the folder `mysite/mysite`", starts("mysite/mysite"), "ModuleNotFoundError: No module named 'mysite'")
