"""The tests of docs/glossary.md: each is named for its mark there, and its docstring is the sentence before the mark."""

import os

import pytest
from clients import ROOT, STEPS, accept, asgi_most, block, get, run, runserver_imports, websocket
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.test import override_settings


@pytest.mark.mutation("oms/asgi.py", "application =", "app =")
def test_application_is_a_variable(saw, python):
    """In `asgi.py` it is the variable `application`."""
    said = python("import oms.asgi; print(callable(oms.asgi.application))")
    saw("`callable(oms.asgi.application)`", said, "True")


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


@pytest.mark.mutation("django.core.handlers.base.BaseHandler.load_middleware", lambda self, is_async: None)
def test_middleware_list(saw):
    """The list is in the settings, under `MIDDLEWARE`."""
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


@pytest.mark.mutation(
    "django.core.management.templates.TemplateCommand.rewrite_template_suffixes", ((".py-tpl", ".txt"),)
)
def test_startproject_writes_oms(saw, tmp_path, monkeypatch):
    """`django-admin startproject oms` writes the files of `oms`, and a `manage.py` that this project leaves out."""
    monkeypatch.setattr("django.core.management.templates.TemplateCommand.validate_name", lambda *_: None)
    call_command("startproject", "oms", tmp_path)
    here = sorted(path.name for path in (ROOT / "oms").glob("*.py"))
    saw("`startproject oms`, in `oms`", " ".join(sorted(os.listdir(tmp_path / "oms"))), " ".join(here))
    beside = [name for name in os.listdir(tmp_path) if name.startswith("manage") and not (ROOT / name).exists()]
    saw("beside `oms`, and not in this project", " ".join(beside), "manage.py")


@pytest.mark.mutation("oms/wsgi.py", "application = get_wsgi_application()", "application = get_wsgi_application")
def test_wsgi_py(saw, python):
    """`wsgi.py` holds the application for it."""
    saw(
        "type of `oms.wsgi.application`",
        python("import oms.wsgi; print(type(oms.wsgi.application).__name__)"),
        "WSGIHandler",
    )
