"""The tests of docs/glossary.md: each is named for its mark there, and its docstring is the sentence before the mark."""

import re
import subprocess
import sys

import httpx
import pytest
from clients import (
    ROOT,
    STEPS,
    accept,
    asgi_most,
    block,
    get,
    run,
    runserver_imports,
    websocket,
)
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.test import override_settings

# Prints what the project's application is called for.
COUNTED = """
from oms.asgi import application as django

async def application(scope, receive, send):
    print("called for", scope["type"], flush=True)
    await django(scope, receive, send)
"""
HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.mutation(f"{__name__}.COUNTED", COUNTED.replace("    print(", "    scope['type'] == 'http' or print("))
def test_called_once_for_each(saw, start, tree):
    """It is called once for each HTTP request, each WebSocket, and the lifespan of each process."""
    (tree / "counted.py").write_text(COUNTED)
    server = start("uvicorn counted:application --port PORT", tree)
    with httpx.Client() as client:
        for _ in range(2):
            client.get(server.url)
    with server.client() as client:
        client.sendall(HANDSHAKE.encode())
        client.recv(1)
    said = " ".join(re.findall("called for (.*)", server.stop()))
    saw("calls for two requests over one connection, and a WebSocket", said, "lifespan http http websocket")


@pytest.mark.mutation("oms/asgi.py", "application =", "app =")
def test_asgi_servers(saw, served):
    """uvicorn and daphne are ASGI servers."""
    for server in ("uvicorn", "daphne"):
        said = served(f"{server} oms.asgi:application")
        saw(f"`{server} oms.asgi:application`, `GET /`", said[:12], "HTTP/1.1 200")


@pytest.mark.mutation("clients.Meeting.come", block)
def test_await_frees_the_thread(saw):
    """Under ASGI, while it waits with `await`, the same thread serves other requests."""
    saw("20 requests to a view that waits for all of them, one thread: at once there are", asgi_most(20), 20)


@pytest.mark.mutation("django.core.asgi.ASGIHandler", dict)
def test_asgi_handler(saw):
    """For ASGI it is `ASGIHandler`; `get_asgi_application()` returns one."""
    saw("`type(get_asgi_application())`", type(get_asgi_application()).__name__, "ASGIHandler")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", accept)
def test_no_lifespan(saw):
    """Django does not handle it."""
    error = "ValueError: Django can only handle ASGI/HTTP connections, not lifespan."
    saw("a lifespan scope to the application", run(websocket(kind="lifespan")), error)


@pytest.mark.mutation(
    "django.core.management.templates.TemplateCommand.rewrite_template_suffixes", ((".py-tpl", ".txt"),)
)
def test_no_manage_py(saw, tmp_path):
    """`startproject` writes it, but this project has none."""
    call_command("startproject", "mysite", tmp_path)
    for what, folder, expected in (
        ("what `startproject` writes", tmp_path, "manage.py"),
        ("this project", ROOT, "none"),
    ):
        saw(f"`manage.py` in {what}", " ".join(path.name for path in folder.glob("manage.py")) or "none", expected)


@pytest.mark.mutation("oms/settings.py", "INSTALLED_APPS = [", "INSTALLED_APPS = ['no_such_app',")
def test_django_for_manage_py(saw, project):
    """Here `.venv/bin/python -m django check --settings oms.settings` runs a command."""
    command = [sys.executable, "-m", "django", "check", "--settings", "oms.settings"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    said = (done.stdout or done.stderr).strip().splitlines()[-1]
    saw("`python -m django check --settings oms.settings`", said, "System check identified no issues (0 silenced).")


@pytest.mark.mutation("django.core.handlers.base.BaseHandler.load_middleware", lambda self, is_async: None)
def test_middleware_list(saw):
    """The settings list it under `MIDDLEWARE`."""
    STEPS.clear()
    with override_settings(MIDDLEWARE=["clients.tracing"]):
        run(get("traced", application=get_asgi_application()))
    saw("a middleware that the list names, and the view", ", ".join(STEPS), "middleware, view")


@pytest.mark.mutation("oms/wsgi.py", "import os", "import os, oms.asgi")
def test_runserver_uses_wsgi(saw, start, tree):
    """It uses `wsgi.py`."""
    saw("modules that `runserver` imported", runserver_imports(start, tree), "oms.wsgi")


@pytest.mark.mutation("oms/asgi.py", "setdefault(", "__setitem__(")
def test_settings_variable(saw, python):
    """The environment variable `DJANGO_SETTINGS_MODULE` names it."""
    code = "import oms.asgi; from django.conf import settings; print(settings.SETTINGS_MODULE)"
    said = python(code, DJANGO_SETTINGS_MODULE="django.conf.global_settings")
    saw("the settings module, where the variable names another", said, "django.conf.global_settings")


@pytest.mark.mutation("oms/urls.py", 'path("admin/"', 'path("office/"')
def test_by_its_path(saw, python):
    """Django chooses the view by its path."""
    code = (
        "import oms.asgi; from django.urls import Resolver404, resolve\n"
        "try: print(resolve('/admin/').view_name)\n"
        "except Resolver404: print('no view')"
    )
    saw("the view for the path `/admin/`", python(code), "admin:index")


@pytest.mark.mutation("oms/wsgi.py", "application = get_wsgi_application()", "application = get_wsgi_application")
def test_wsgi_py(saw, python):
    """`wsgi.py` holds the application for it."""
    saw(
        "type of `oms.wsgi.application`",
        python("import oms.wsgi; print(type(oms.wsgi.application).__name__)"),
        "WSGIHandler",
    )
