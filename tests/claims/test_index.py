"""The tests of docs/index.md: each is named for its mark there, and its docstring is the sentence before the mark."""

import asyncio
import inspect
import os
import re
import subprocess
import sys

import clients
import django
import pytest
from clients import (
    LONG,
    ROOT,
    STEPS,
    TASKS,
    accept,
    asgi_most,
    asynchronous,
    block,
    collected,
    events,
    get,
    no_thread,
    no_view,
    refuse,
    run,
    runserver_imports,
    synchronous,
    websocket,
    wrapped,
    wsgi_get,
    wsgi_most,
)
from django.core.handlers.asgi import ASGIHandler
from django.core.management import call_command
from django.test import override_settings

from oms.asgi import application
from oms.wsgi import application as wsgi_application

ASGI, SETTINGS = "oms/asgi.py", "oms/settings.py"
PATHLIB = "from pathlib import Path"  # a line of the settings
LINE_14 = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")\n'
HEADING = "“The install worked successfully! Congratulations!”"
WITHOUT_14 = "lines = open('oms/asgi.py').read().splitlines(); del lines[13]; exec('\\n'.join(lines))"


@pytest.fixture
def startproject(tmp_path, monkeypatch):
    """Let the installed Django's startproject write a project, with black or without; give its folder."""
    monkeypatch.setattr("django.core.management.templates.TemplateCommand.validate_name", lambda *_: None)

    def startproject(path=""):
        monkeypatch.setenv("PATH", path)
        (folder := tmp_path / f"new{len(path)}").mkdir()
        call_command("startproject", "oms", folder)
        return folder / "oms"

    return startproject


@pytest.fixture
def new_project(startproject):
    """What startproject writes where black is not installed: a folder."""
    return startproject()


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", lambda self, scope, receive, send: None)
def test_counterpart_of_wsgi(saw):
    """It is the asynchronous counterpart of `wsgi.py`."""
    kinds = [
        "an async function" if inspect.iscoroutinefunction(type(callable_).__call__) else "a plain function"
        for callable_ in (application, wsgi_application)
    ]
    saw("`application` in `asgi.py` is", kinds[0], "an async function")
    saw("in `wsgi.py`", kinds[1], "a plain function")


@pytest.mark.mutation("oms/wsgi.py", "import os", "import os, oms.asgi_is_gone")
def test_startproject_writes_both(saw, new_project, project, python, tmp_path):
    """`startproject` writes both files, and each works without the other."""
    written = " ".join(path.name for path in sorted(new_project.glob("?sgi.py")))
    saw("`startproject oms`", written, "asgi.py wsgi.py")
    for kept, gone in (("asgi", "wsgi"), ("wsgi", "asgi")):
        code = f"import sys; sys.modules['oms.{gone}'] = None; import oms.{kept}; print(type(oms.{kept}.application).__name__)"
        saw(f"`import oms.{kept}` without `{gone}.py`", python(code), f"{kept.upper()}Handler")


@pytest.mark.mutation("oms/wsgi.py", "import os", "import os, oms.asgi")
def test_runserver_uses_wsgi_py(saw, start, tree):
    """`runserver` does not import it."""
    imported = runserver_imports(start, tree)
    saw("modules imported after `runserver` answered `GET /`, of `oms.asgi` and `oms.wsgi`", imported, "oms.wsgi")


@pytest.mark.mutation("django.core.handlers.base.sync_to_async", lambda view, **_: view)
def test_asgi_runs_both(saw):
    """It follows a standard for both synchronous and asynchronous Python apps: ASGI."""
    for view in (synchronous, asynchronous):
        said = run(get(view.__name__))
        saw(f"a request to {'an async' if view is asynchronous else 'a plain'} view", said[:20], f"200 {view.__name__}")


@pytest.mark.mutation(
    "django.core.handlers.asgi.ASGIHandler.send_response", lambda self, response, send: send({"type": "no.event"})
)
def test_file_follows_the_standard(saw):
    """The file makes an application that follows the standard."""

    async def types():
        client = events("synchronous")
        first = await anext(client)
        return [first["type"], *([event["type"] async for event in client] if "http" in first["type"] else [])]

    sent = " ".join(run(asyncio.wait_for(types(), LONG)))
    saw("events that the application sends for one request", sent, "http.response.start http.response.body")


@pytest.mark.mutation(ASGI, "application =", "app =")
def test_no_change_for_http(saw, served, project, new_project):
    """For HTTP, no code modification is required here, it remains as it is by default."""
    version = re.compile(r"/en/[\d.]+/|/en/dev/")
    same = version.sub("", (ROOT / ASGI).read_text()) == version.sub(
        "", (new_project / "asgi.py").read_text().replace("'", '"')
    )
    saw("`asgi.py` here, and as `startproject` writes it", "the same" if same else "different", "the same")
    saw("`uvicorn oms.asgi:application`, `GET /`", served("uvicorn oms.asgi:application"), f"HTTP/1.1 200, {HEADING}")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", accept)
def test_websocket_needs_a_wrapper(saw):
    """For WebSockets, another module wraps its `application`."""
    saw("a WebSocket to `application`", run(websocket()).split(":")[0], "ValueError")
    saw("a WebSocket to a callable that wraps it", run(websocket(wrapped)), "websocket.accept")
    saw("an HTTP request to the same callable", run(get("synchronous", application=wrapped)), "200 synchronous")


@pytest.mark.mutation(ASGI, "oms.settings", "django.conf.global_settings")
def test_configures_the_application(saw, python):
    """The `asgi.py` file in a Django project is responsible for configuring the ASGI (Asynchronous Server Gateway
    Interface) application.
    """
    code = "import oms.asgi; from django.conf import settings; print(settings.SETTINGS_MODULE, settings.ROOT_URLCONF)"
    saw("settings and URLs after `import oms.asgi`", python(code), "oms.settings oms.urls")


@pytest.mark.mutation(ASGI, "application =", "app =")
def test_entry_point(saw, served):
    """It serves as the entry point for ASGI-compatible web servers:"""
    for server in ("uvicorn", "daphne", "hypercorn"):
        saw(
            f"`{server} oms.asgi:application`, `GET /`",
            served(f"{server} oms.asgi:application"),
            f"HTTP/1.1 200, {HEADING}",
        )


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", refuse)
def test_application_hands_over(saw):
    """the server calls the application, and the application hands the request to Django."""
    saw(
        "`await application(scope, receive, send)` with the path of a Django view",
        run(get("synchronous")),
        "200 synchronous",
    )


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", accept)
def test_http_alone(saw):
    """Django handles HTTP. A WebSocket needs another application beside Django's."""
    saw("a WebSocket to `oms.asgi.application`", run(websocket()).split(":")[0], "ValueError")
    saw("a WebSocket to an application beside it", run(websocket(wrapped)), "websocket.accept")


@pytest.mark.mutation(
    ASGI, "application =", "async def application(scope, *_): assert scope['http_version'] != '2'\n_ ="
)
def test_http_2_is_the_servers(saw, served):
    """HTTP/2 is spoken by the server, not by this file."""
    only = {"http1": False, "http2": True}
    hypercorn, uvicorn = (served(f"{name} oms.asgi:application", **only) for name in ("hypercorn", "uvicorn"))
    saw("the same file over HTTP/2 from `hypercorn`", hypercorn, f"HTTP/2 200, {HEADING}")
    saw("and from `uvicorn`", uvicorn, "RemoteProtocolError")


@pytest.mark.mutation("django.core.handlers.base.BaseHandler.get_response_async", no_view)
def test_way_of_a_request(saw):
    """`scope` says what the request is. The handler reads the body through `receive`, passes the request through the
    middleware to the view, and sends the view's response through `send`.
    """
    STEPS.clear()

    async def handler(scope, receive, send):
        async def received():
            event = await receive()
            STEPS.append(f"receive {event['type']}")
            return event

        async def sent(event):
            STEPS.append(f"send {event['type']}")
            await send(event)

        await ASGIHandler()(scope, received, sent)

    with override_settings(MIDDLEWARE=["clients.tracing"]):
        run(get("traced", application=handler))
    order = "receive http.request, middleware, view, send http.response.start, send http.response.body"
    saw("what one request goes through", ", ".join(STEPS), order)


@pytest.mark.mutation(ASGI, "ASGI config for oms project.", "")
def test_docstring_says_the_purpose(saw, python):
    """Provides documentation on the purpose of the file."""
    said = python("import oms.asgi; print(oms.asgi.__doc__.strip().splitlines()[0])")
    saw("first line of `oms.asgi.__doc__`", said, "ASGI config for oms project.")


@pytest.mark.mutation(ASGI, "howto/deployment", "howto")
def test_docstring_links_the_guide(saw, python):
    """Links to Django’s official ASGI deployment guide for further details."""
    said = python("import oms.asgi; print(oms.asgi.__doc__.split()[-1])")
    saw("last line of `oms.asgi.__doc__`", said, "https://docs.djangoproject.com/en/5.1/howto/deployment/asgi/")


@pytest.mark.mutation("django.core.management.templates.get_docs_version", lambda: "0.9")
def test_link_has_a_version(saw, new_project):
    """`startproject` writes its own version into the link, and no upgrade of Django changes it."""
    mine = "{}.{}".format(*django.VERSION)
    for what, folder, expected in (("a new `asgi.py`", new_project, mine), ("this `asgi.py`", ROOT / "oms", "5.1")):
        link = re.search(r"en/([\d.]+)/", (folder / "asgi.py").read_text())[1]
        saw(f"version in the link of {what}", link, expected)


@pytest.mark.mutation("django.core.management.templates.get_docs_version", lambda: "stable/howto")
def test_same_file_but_for_the_number(saw, startproject):
    """5.1, 5.2, 6.0 and 6.1 write the same file but for that number, if black is installed; without it the strings have
    single quotes.
    """
    with_black, without = (
        re.sub(r"/en/\d\.\d/", "/en/5.1/", (startproject(path) / "asgi.py").read_text())
        for path in (os.path.dirname(sys.executable), "")
    )
    here = (ROOT / ASGI).read_text()
    saw("a new `asgi.py`, but for the number, is this one", with_black == here, True)
    saw("and without black, but for the quotes", without.replace("'", '"') == here != without, True)


@pytest.mark.mutation("pathlib.Path.read_text", lambda self, *_: "django~=4.2.0")
def test_runs_on_5_2(saw):
    """This project requires Django 5.2:"""
    asked = re.search(r"(?m)^django~=(\d\.\d)", (ROOT / "requirements.in").read_text())[1]
    saw("Django in `requirements.in`", asked, "5.2")


@pytest.mark.mutation("os.environ", {})
def test_os_environ(saw, monkeypatch):
    """`os`: Used to set and retrieve environment variables."""
    os.environ["GUIDE_COLOUR"] = "teal"
    child = subprocess.run("echo $GUIDE_COLOUR", shell=True, capture_output=True, text=True).stdout.strip()
    retrieved = os.environ.pop("GUIDE_COLOUR")
    saw("a variable that `os.environ` set to teal, in a child process", child, "teal")
    saw("in `os.environ`", retrieved, "teal")


@pytest.mark.mutation(
    ASGI, "import os\n", "import os, django.conf as c; c.settings.configure(); import django; django.setup()\n"
)
def test_initializes_when_called(saw, python):
    """`get_asgi_application`: Imports Django’s ASGI application function, which initializes the Django project when
    line 16 calls it.
    """
    code = (
        "lines = open('oms/asgi.py').read().splitlines(); from django.apps import apps\n"
        "exec('\\n'.join(lines[:15])); print(apps.ready); exec(lines[15]); print(apps.ready)"
    )
    saw("whether the apps are ready, before line 16 and after it", python(code), "False True")


STATE = (
    "from django.apps import apps; from django.conf import settings\n"
    "print('settings loaded:', settings.configured, '- apps:', len(apps.app_configs))"
)


@pytest.mark.mutation(ASGI, "import os\n", "import os, django.conf; django.conf.settings.configure()\n")
def test_import_initializes_nothing(saw, python):
    """The import alone initializes nothing."""
    said = python(f"exec(''.join(open('oms/asgi.py').readlines()[:12])); {STATE}")
    saw("after line 12", said, "settings loaded: False - apps: 0")


@pytest.mark.mutation(SETTINGS, "INSTALLED_APPS = [", "INSTALLED_APPS = []\n_ = [")
def test_call_loads_the_project(saw, python):
    """The call loads the settings and the apps, and makes the application."""
    said = python(f"import oms.asgi; {STATE}; print('and', type(oms.asgi.application).__name__)")
    saw("after line 16", said, "settings loaded: True - apps: 6 and ASGIHandler")


@pytest.mark.mutation(ASGI, "oms.settings", "django.conf.global_settings")
def test_same_project_as_wsgi(saw, python):
    """It is the same project that `wsgi.py` initializes, and its synchronous views stay synchronous."""
    code = "from django.conf import settings as s; print(s.SETTINGS_MODULE, len(s.INSTALLED_APPS), s.ROOT_URLCONF)"
    asgi, wsgi = (python(f"import oms.{kind}; {code}") for kind in ("asgi", "wsgi"))
    saw("settings module, number of apps, and URLs, after `import oms.asgi`", asgi, "oms.settings 6 oms.urls")
    saw("after `import oms.wsgi`", wsgi, asgi)
    kind = "a coroutine" if asyncio.iscoroutine(synchronous(None)) else "a response"
    saw("a synchronous view that answered through both returned", kind, "a response")


@pytest.mark.mutation(ASGI, "setdefault(", "__setitem__(")
def test_names_the_settings(saw, python):
    """Defines which settings file Django should use, unless the environment names another."""
    code = "import oms.asgi; from django.conf import settings; print(settings.SETTINGS_MODULE)"
    other = python(code, DJANGO_SETTINGS_MODULE="django.conf.global_settings")
    saw("Django's settings after `import oms.asgi`", python(code), "oms.settings")
    saw("and where the environment names `django.conf.global_settings`", other, "django.conf.global_settings")


@pytest.mark.mutation(SETTINGS, PATHLIB, PATHLIB + "\n__file__ = 'elsewhere'")
def test_names_a_module(saw, python, project):
    """`oms.settings` is a Python module, the file `oms/settings.py`."""
    code = "import oms.settings, os; print(os.path.relpath(oms.settings.__file__))"
    saw("the file of `oms.settings`", python(code), "oms/settings.py")


@pytest.mark.mutation(ASGI, "setdefault(", "__setitem__(")
def test_setdefault_keeps(saw, python):
    """`os.environ.setdefault()` sets `DJANGO_SETTINGS_MODULE` to `oms.settings` before running the ASGI application, but
    only where the variable is not set.
    """
    code = "import oms.asgi, os; print(os.environ['DJANGO_SETTINGS_MODULE'])"
    saw("the variable after `import oms.asgi`, not set before", python(code), "oms.settings")
    other = python(code, DJANGO_SETTINGS_MODULE="django.conf.global_settings")
    saw("set to `django.conf.global_settings` before", other, "django.conf.global_settings")


@pytest.mark.mutation(ASGI, "setdefault(", "__setitem__(")
def test_empty_value_stays(saw, python):
    """A value that is set stays. An empty one stays too, and Django then stops with `ImproperlyConfigured`."""
    code = "import oms.asgi, os; print(os.environ['DJANGO_SETTINGS_MODULE'])"
    kept = python(code, DJANGO_SETTINGS_MODULE="django.conf.global_settings")
    saw("the variable, set to `django.conf.global_settings` before the import", kept, "django.conf.global_settings")
    error = python("import oms.asgi", DJANGO_SETTINGS_MODULE="").split(":")[0]
    saw('`DJANGO_SETTINGS_MODULE="" python -c "import oms.asgi"`', error, "django.core.exceptions.ImproperlyConfigured")


@pytest.mark.mutation(ASGI, "import os\n", f"import os\n{LINE_14}")
def test_line_14_is_crucial(saw, python):
    """This step is crucial to ensure the application runs with the correct configuration settings, where nothing else
    sets the variable.
    """
    saw("`asgi.py` without line 14", python(WITHOUT_14).split(":")[0], "django.core.exceptions.ImproperlyConfigured")
    saw("`asgi.py` as it is", python("import oms.asgi; print('imported')"), "imported")


@pytest.mark.mutation(SETTINGS, PATHLIB, "raise SystemExit('no settings')\n" + PATHLIB)
def test_works_without_line_14(saw, python):
    """With the variable set outside, the file works without the line."""
    outside = python(f"{WITHOUT_14}; print(type(application).__name__)", DJANGO_SETTINGS_MODULE="oms.settings")
    saw("without line 14", python(WITHOUT_14).split(":")[0], "django.core.exceptions.ImproperlyConfigured")
    saw("without line 14, with the variable set outside", outside, "ASGIHandler")


@pytest.mark.mutation(ASGI, "application = get_asgi_application()", "application = get_asgi_application")
def test_calls_get_asgi_application(saw, python):
    """Calls `get_asgi_application()` to initialize Django’s ASGI application."""
    said = python("import oms.asgi; print(type(oms.asgi.application).__name__)")
    saw("type of `oms.asgi.application`", said, "ASGIHandler")


@pytest.mark.mutation(ASGI, "application =", "app =")
def test_application_is_exposed(saw, served):
    """The `application` variable is exposed at the module level, allowing ASGI servers like `daphne` or `uvicorn` to
    interact with Django.
    """
    for server in ("daphne", "uvicorn"):
        saw(
            f"`{server} oms.asgi:application`, `GET /`",
            served(f"{server} oms.asgi:application"),
            f"HTTP/1.1 200, {HEADING}",
        )


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", refuse)
def test_views_on_the_event_loop(saw):
    """`asgi.py` allows Django to work with asynchronous features: it runs asynchronous views on the event loop of the
    server.
    """

    async def both():
        return str(id(asyncio.get_running_loop())), (await get("loop")).split()[1]

    servers, views = run(both())
    saw("the event loop of an async view", "the caller's" if views == servers else "another", "the caller's")


@pytest.mark.mutation("django.core.handlers.base.async_to_sync", no_thread)
def test_wsgi_keeps_a_thread_busy(saw):
    """There each keeps a thread busy until it has answered."""
    saw("an async view under WSGI", wsgi_get("asynchronous"), "asynchronous")
    most = wsgi_most(times=3, threads=1)
    saw("3 requests to one that waits for all of them, one thread: at once there are", most, 1)


@pytest.mark.mutation(
    "django.core.handlers.base.BaseHandler.adapt_method_mode", lambda self, is_async, method, *_: method
)
def test_wsgi_serves_async_views(saw):
    """`wsgi.py` serves asynchronous views too."""
    try:
        said = wsgi_get("asynchronous")
    except Exception as error:
        said = type(error).__name__
    saw("a request to an async view through `oms.wsgi`", said, "asynchronous")


@pytest.mark.mutation("tests/claims/clients.py", "await answered.wait()", "pass")
def test_background_task(saw, python):
    """A background task that a view starts goes on after the response under ASGI, until its process ends; under WSGI it is
    cut off with the response.
    """

    async def asgi():
        await get("background")
        task, answered = TASKS
        before = task.done()
        answered.set()
        await asyncio.wait([task], timeout=LONG)
        return f"{'done' if before else 'running'}, then {'done' if task.done() else 'running'}"

    saw("the task after the answer, under ASGI", run(asgi()), "running, then done")
    wsgi_get("background")
    saw("under WSGI", "cancelled" if TASKS[0].cancelled() else "alive", "cancelled")
    for wait, how, said in (("0", "at once", "answered"), ("TASKS[0]", "when the task is done", "answered task done")):
        code = (
            "import asyncio, os, sys; sys.path[:0] = ['.', 'tests/claims']\n"
            "import clients; from clients import TASKS; from django.test import override_settings\n"
            "async def main():\n"
            "    with override_settings(ROOT_URLCONF='clients', ALLOWED_HOSTS=['*']):\n"
            "        await clients.get('background'); print('answered', flush=True); TASKS[1].set()\n"
            f"        {wait} and await {wait}; os._exit(0)\n"
            "asyncio.run(main())"
        )
        saw(f"a process that ends {how} after the answer printed", python(code), said)


@pytest.mark.mutation(ASGI, "application =", "app =")
def test_used_by_servers(saw, served):
    """Used when deploying Django with ASGI servers (e.g., `daphne`, `uvicorn`)."""
    for server in ("daphne", "uvicorn"):
        saw(
            f"`{server} oms.asgi:application`, `GET /`",
            served(f"{server} oms.asgi:application"),
            f"HTTP/1.1 200, {HEADING}",
        )


@pytest.mark.mutation(SETTINGS, PATHLIB, "import oms.asgi\n" + PATHLIB)
def test_served_without_the_file(saw, served, tree):
    """uvicorn can serve the project without the file, too."""
    (tree / ASGI).unlink()
    said = served("uvicorn --factory django.core.asgi:get_asgi_application", tree=tree)
    saw("that command, without `asgi.py`, `GET /`", said, f"HTTP/1.1 200, {HEADING}")


@pytest.mark.mutation("oms/urls.py", 'path("admin/', '1 / 0, path("admin/')
def test_behind_http_2(saw, served):
    """Enables Django applications to work behind servers that speak modern web protocols like HTTP/2."""
    said = served("hypercorn oms.asgi:application", http1=False, http2=True)
    saw("`hypercorn oms.asgi:application`, `GET /` over HTTP/2", said, f"HTTP/2 200, {HEADING}")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", accept)
def test_no_websockets(saw):
    """Django itself handles their HTTP requests and no WebSockets."""
    saw("a WebSocket", run(websocket()).split(":")[0], "ValueError")
    saw('a request with `"http_version": "2"`', run(get("synchronous", "2")), "200 synchronous")


@pytest.mark.mutation("clients.Meeting.come", block)
def test_one_thread_many_waits(saw):
    """ASGI improves handling of concurrent connections where the views are asynchronous and wait: one event loop then serves
    many of them at once.
    """
    saw("20 requests to a view that waits for all of them, one event loop: at once there are", asgi_most(20), 20)


@pytest.mark.mutation("django.core.handlers.base.async_to_sync", no_thread)
def test_threads_wait_too(saw):
    """A WSGI server with as many threads as requests also lets them all wait at once."""
    one, ten = (wsgi_most(times=10, threads=threads) for threads in (1, 10))
    saw("10 requests to the same view under WSGI, one thread: at once there are", one, 1)
    saw("10 threads", ten, 10)


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.send_response", collected)
def test_live_updates(saw, monkeypatch):
    """Useful for real-time applications such as chat applications, live notifications, and dashboards."""

    async def last_piece():
        monkeypatch.setattr(clients, "SEEN", asyncio.Event())
        async for event in events("live"):
            if piece := event.get("body"):
                clients.SEEN.set()
                last = piece.decode()
        return last

    expected = "second, when the first was seen"
    saw("the last piece of a streamed answer, which waits until the client has the first", run(last_piece()), expected)
    saw("a WebSocket, wrapped from outside", run(websocket(wrapped)), "websocket.accept")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", refuse)
def test_entry_point_of_startproject(saw, new_project, python):
    """The `asgi.py` file is the entry point that `startproject` writes for Django projects that need asynchronous
    capabilities.
    """
    names = [path.name for path in new_project.iterdir() if "get_asgi_application" in path.read_text()]
    saw("files of a new project that make an ASGI application", " ".join(names), "asgi.py")
    saw("an async view through it", run(get("asynchronous")), "200 asynchronous")


@pytest.mark.mutation(ASGI, "application = get_asgi_application()", "application = None")
def test_initializes_the_application(saw, served):
    """It initializes the Django ASGI application, making it compatible with asynchronous web servers."""
    for server in ("uvicorn", "daphne", "hypercorn"):
        saw(
            f"`{server} oms.asgi:application`, `GET /`",
            served(f"{server} oms.asgi:application"),
            f"HTTP/1.1 200, {HEADING}",
        )


@pytest.mark.mutation("clients.wrapped", lambda scope, receive, send: application(scope, receive, send))
def test_protocols_depend_on_others(saw, served):
    """Which protocols a visitor can use depends on the server and on what stands beside Django."""
    only = {"http1": False, "http2": True}
    for server, said in (("hypercorn", f"HTTP/2 200, {HEADING}"), ("uvicorn", "RemoteProtocolError")):
        saw(f"the same file over HTTP/2 from `{server}`", served(f"{server} oms.asgi:application", **only), said)
    saw("a WebSocket to Django alone", run(websocket()).split(":")[0], "ValueError")
    saw("with an application beside it", run(websocket(clients.wrapped)), "websocket.accept")
