"""The tests of docs/testing.md: each is named for its mark there, and its docstring is the sentence before the mark.

They run the test files of examples/testing, and tests that go wrong, with Django's test runner in a process of its own.
"""

import asyncio
import inspect
import json
import os
import subprocess
import sys

import channels.testing
import pytest
from asgiref.testing import ApplicationCommunicator
from clients import run

from tests.shared.running import ROOT

EXAMPLES, PLAIN = "examples/testing", "examples/websocket_plain/asgi.py"
VIEWS, URLS, SETTINGS = (f"{EXAMPLES}/{name}.py" for name in ("views", "urls", "settings"))
ROUTES, CONSUMERS = (f"examples/websocket_channels/{name}.py" for name in ("asgi", "consumers"))
# Django's test runner; prints the outcome of each test.
RUN = """
import json, sys, unittest
import django
from asgiref.testing import ApplicationCommunicator
from django.test.runner import DiscoverRunner

# A slow machine needs more than a second.
receive_output, wait = ApplicationCommunicator.receive_output, ApplicationCommunicator.wait
ApplicationCommunicator.receive_output = lambda self, timeout=1: receive_output(self, 60)
ApplicationCommunicator.wait = lambda self, timeout=1: wait(self, 10)
sys.modules.update(dict.fromkeys(sys.argv[2:]))
outcomes = {}

class Result(unittest.TextTestResult):
    def addSuccess(self, test):
        outcomes[test.id().rpartition(".")[2]] = "ok"

    def addError(self, test, error):
        outcomes[test.id().rpartition(".")[2]] = f"{error[0].__name__}: {error[1]}"

    addFailure = addError

class Runner(DiscoverRunner):
    def get_resultclass(self):
        return Result

django.setup()
Runner(verbosity=0).run_tests([sys.argv[1]])
print(json.dumps(outcomes))
"""
# What the tests that go wrong do; a mutation lets one do what is right.
ASKS = 'self.async_client.get("/hello/").status_code'
CASE, WRITER = "unittest.TestCase", "TestCase"
WRONG = """
import sys, threading, unittest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test import AsyncRequestFactory, LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase
from websockets.sync.client import connect
from examples.testing.views import hello

class Lost(CASE):
    async def test_never_run(self):
        self.fail("it ran")

class Wrong(TestCase):
    async def test_orm(self):
        User.objects.count()

    async def test_queries(self):
        with self.assertNumQueries(0):
            pass

    async def test_no_await(self):
        ASKS

    async def test_factory(self):
        await hello(AsyncRequestFactory().get("/hello/"))

    async def test_contains(self):
        self.assertContains(await self.async_client.get("/ticks/"), "data")

    async def test_asgi(self):
        request = (await self.async_client.get("/hello/")).asgi_request
        self.assertEqual(["oms.asgi" in sys.modules, "state" in request.scope], [False, False])

class Writer(WRITER):
    def test_thread(self):
        User.objects.create(username="ben")
        self.assertEqual(counted(), "1")

class CommittingWriter(TransactionTestCase):
    def test_thread_and_commit(self):
        User.objects.create(username="ben")
        self.assertEqual(counted(), "1")

def counted():
    def count():
        try:
            found.append(str(User.objects.count()))
        except DatabaseError as error:
            found.append(str(error))
        finally:
            connection.close()

    found, thread = [], threading.Thread(target=count)
    thread.start()
    thread.join()
    return found[0]

class Live(LiveServerTestCase):
    def test_live(self):
        connect(self.live_server_url.replace("http", "ws", 1) + "/ws/hello/", proxy=None)
"""


def outcomes(label, folder, *hidden):
    """Run tests in a folder where some packages are not installed; give the outcome of each by its name."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "examples.testing.settings", "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", RUN, label, *hidden]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def seen():
    """The outcomes of the project without a mutation, by what was run."""
    return {}


@pytest.fixture
def shown(seen, project):
    """The outcomes of the tests in examples/testing."""
    if project != ROOT:
        return outcomes(EXAMPLES, project)
    return seen.get(EXAMPLES) or seen.setdefault(EXAMPLES, outcomes(EXAMPLES, project))


@pytest.fixture
def wrong(seen, project, tmp_path):
    """The outcomes of the tests that go wrong."""
    text = WRONG.replace("CASE", CASE, 1).replace("ASKS", ASKS).replace("WRITER", WRITER)
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong/test_wrong.py").write_text(text)
    if project != ROOT:
        return outcomes(tmp_path / "wrong", project)
    return seen.get(text) or seen.setdefault(text, outcomes(tmp_path / "wrong", project))


@pytest.mark.mutation(VIEWS, "'Hallo'", "'Hi'")
def test_no_other_package(saw, project):
    """Write `async def` tests in Django's `TestCase`, and call `await self.async_client.get(…)`: this needs no other
    package.
    """
    hidden = "pytest", "pytest_asyncio", "pytest_django", "anyio", "httpx", "channels", "daphne", "uvicorn"
    seen = outcomes("examples.testing.test_views", project, *hidden)
    saw(f"`test_visitor`, without {', '.join(hidden)}", seen["test_visitor"], "ok")


@pytest.mark.mutation(VIEWS, '"de"', '"fr"')
def test_headers_and_login(saw, shown):
    """`headers` takes HTTP header names, and after `aforce_login` the view has the user."""
    saw("`test_visitor`", shown["test_visitor"], "ok")
    saw("`test_user`", shown["test_user"], "ok")


@pytest.mark.mutation(
    f"{EXAMPLES}/test_views.py",
    "class HelloTests(TestCase):",
    "class HelloTests(TestCase):\n    _fixture_teardown = lambda self: None",
)
def test_rolled_back(saw, shown):
    """The async ORM works in tests, and what a test writes is rolled back."""
    saw("`test_new_user`", shown["test_new_user"], "ok")
    saw("`test_another_new_user`", shown["test_another_new_user"], "ok")


@pytest.mark.mutation(
    VIEWS, "await request.auser()", "__import__('django.contrib.auth.models').contrib.auth.models.AnonymousUser()"
)
def test_view_alone(saw, shown, wrong):
    """`AsyncRequestFactory` skips the middleware: add what the view needs, such as `auser` here."""
    error = "AttributeError: 'ASGIRequest' object has no attribute 'auser'"
    saw("the view, with a request of `AsyncRequestFactory` as it is", wrong["test_factory"], error)
    saw("`test_view_alone`", shown["test_view_alone"], "ok")


@pytest.mark.mutation(URLS, "from django.urls", "import oms.asgi\nfrom django.urls")
def test_no_asgi_py(saw, wrong):
    """The client runs middleware and view, but loads no `asgi.py` and runs no lifespan:"""
    saw("a test that after a request there is no `oms.asgi`, and no `state` in the scope", wrong["test_asgi"], "ok")


@pytest.mark.mutation(VIEWS, "number = 0", "number = 1")
def test_first_pieces(saw, shown):
    """`streaming_content` gives each piece as the view yields it."""
    saw("`test_first_pieces`", shown["test_first_pieces"], "ok")


@pytest.mark.mutation(
    f"{EXAMPLES}/test_streams.py", '        await client.send_input({"type": "http.disconnect"})\n', ""
)
def test_client_leaves(saw, shown):
    """To check that the stream ends when the client leaves, send `http.disconnect` to the application."""
    saw("`test_client_leaves`", shown["test_client_leaves"], "ok")


async def waits(self, timeout=1):
    """A `wait()` that gives an error."""
    await asyncio.wait_for(asyncio.shield(self.future), timeout)


@pytest.mark.mutation("asgiref.testing.ApplicationCommunicator.wait", waits)
def test_wait_gives_no_error(saw):
    """Check `future.cancelled()` too: `wait()` cancels an application that runs on for a second, without an error."""

    async def application(scope, receive, send):
        await asyncio.Event().wait()

    async def outcome():
        communicator = ApplicationCommunicator(application, {"type": "http"})
        try:
            await communicator.wait(timeout=0.01)
        except Exception as error:
            return type(error).__name__
        return f"no error, cancelled: {communicator.future.cancelled()}"

    seconds = inspect.signature(ApplicationCommunicator.wait).parameters["timeout"].default
    saw("the seconds that `wait()` waits", seconds, 1)
    saw(
        "`wait()` for an application that never returns, with a shorter time",
        run(outcome()),
        "no error, cancelled: True",
    )


@pytest.mark.mutation(CONSUMERS, "is_active=True", "is_active=False")
def test_consumer_alone(saw, shown):
    """To test a consumer alone, put the user into the scope; the consumer finds the row that the test wrote."""
    saw("`test_consumer_alone`", shown["test_consumer_alone"], "ok")


@pytest.mark.mutation(ROUTES, "AllowedHostsOriginValidator(AuthM", "(AuthM")
def test_consumer_with_session(saw, shown):
    """Through the application of `asgi.py`, the user comes from the session cookie, and the origin must be in
    `ALLOWED_HOSTS`: in tests, `testserver` is.
    """
    saw("`test_session`, with `Origin: http://testserver`", shown["test_session"], "ok")
    saw("`test_other_site`, with `Origin: https://example.com`", shown["test_other_site"], "ok")


@pytest.mark.mutation("channels.testing.WebsocketCommunicator.receive_from", lambda self, timeout=2: None)
def test_waits_a_second(saw):
    """`receive_from` waits one second: pass `timeout=10` for a slower consumer."""
    parameters = inspect.signature(channels.testing.WebsocketCommunicator.receive_from).parameters
    saw("the default of `timeout` in `receive_from`, in seconds", parameters["timeout"].default, 1)


@pytest.mark.mutation(PLAIN, "kind: event[kind]", "kind: event[kind] * 2")
def test_application_alone(saw, shown):
    """It sends events to any application and returns the answers:"""
    saw("`test_echo`", shown["test_echo"], "ok")


@pytest.mark.mutation("examples/middleware/lifespan.py", '"lifespan.shutdown.complete"', '"lifespan.shutdown.failed"')
def test_lifespan_alone(saw, shown):
    """Test lifespan the same way: what opens at `lifespan.startup` closes at `lifespan.shutdown`."""
    saw("`test_opens_and_closes`", shown["test_opens_and_closes"], "ok")


@pytest.mark.mutation(PLAIN, "kind: event[kind]", "kind: event[kind] * 2")
def test_server_in_a_thread(saw, shown):
    """uvicorn runs in a thread of the test, on a free port, and stops with the class:"""
    saw("`test_echo_over_the_network`, and the process ends", shown["test_echo_over_the_network"], "ok")


@pytest.mark.mutation(URLS, "urlpatterns = [", 'urlpatterns = [\n    path("ws/hello/", views.hello),')
def test_live_server(saw, wrong):
    """Django's `LiveServerTestCase` serves through WSGI: a WebSocket to it gets 404."""
    saw("a WebSocket to it", wrong["test_live"], "InvalidStatus: server rejected WebSocket connection: HTTP 404")


@pytest.mark.mutation(f"{__name__}.WRITER", "TransactionTestCase")
def test_rows_of_other_threads(saw, wrong):
    """If the server queries the database, use `TransactionTestCase`: another thread sees what such a test writes. In a
    `TestCase`, with SQLite in memory, it gets `database table is locked`.
    """
    saw("a test that another thread counts one user, in `TransactionTestCase`", wrong["test_thread_and_commit"], "ok")
    error = "database table is locked"
    saw("in `TestCase` it says", error if error in wrong["test_thread"] else wrong["test_thread"], error)


@pytest.mark.mutation(f"{__name__}.CASE", "SimpleTestCase")
def test_never_run(saw, wrong):
    """It passes whatever you write: an `async` test in `unittest.TestCase` never runs, and passes."""
    saw("an `async` test there that fails where it runs", wrong["test_never_run"], "ok")


@pytest.mark.mutation(
    SETTINGS, "ROOT_URLCONF", 'import os\n\nos.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"\nROOT_URLCONF'
)
def test_synchronous_only(saw, wrong):
    """`SynchronousOnlyOperation`: an `async` test calls the ORM without `await`, or uses `assertNumQueries` directly."""
    saw("`User.objects.count()`", wrong["test_orm"].partition(":")[0], "SynchronousOnlyOperation")
    saw("`assertNumQueries`", wrong["test_queries"].partition(":")[0], "SynchronousOnlyOperation")


@pytest.mark.mutation(f"{__name__}.ASKS", '(await self.async_client.get("/hello/")).status_code')
def test_no_await(saw, wrong):
    """`'coroutine' object has no attribute 'status_code'`: `await` is missing before `self.async_client.get(…)`."""
    error = "AttributeError: 'coroutine' object has no attribute 'status_code'"
    saw("a test without it", wrong["test_no_await"], error)


@pytest.mark.mutation(VIEWS, "StreamingHttpResponse(numbers(),", 'HttpResponse("data",')
def test_contains_a_stream(saw, wrong):
    """`can only join an iterable`: `assertContains` got an asynchronous stream."""
    saw("`assertContains` with the response of `ticks`", wrong["test_contains"], "TypeError: can only join an iterable")


MARKED = "import pytest\n\n@pytest.mark.asyncio\nasync def test_it():\n    assert False\n"


@pytest.mark.mutation(f"{__name__}.MARKED", MARKED.replace("async def", "def"))
def test_pytest_plugin(saw, tmp_path):
    """`async def functions are not natively supported.`: pytest runs an `async` function only with a plugin;
    `@pytest.mark.asyncio` alone does nothing.
    """
    (tmp_path / "test_marked.py").write_text(MARKED)
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "test_marked.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    error = "async def functions are not natively supported."
    saw("pytest without a plugin, and a function with the mark", error if error in done.stdout else "it ran", error)
