"""The tests of docs/background.md: each is named for its mark there, and its docstring is the sentence before it.

Each has a database of its own, in which the tables are made once.
"""

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec

import django
import httpx
import pytest

from tests.shared.running import ROOT, until

EXAMPLE = "examples/background"
MODULE = "examples.background.settings"
ENVIRONMENT = os.environ | {"DJANGO_SETTINGS_MODULE": MODULE}
NOT_ENQUEUED = (f"{EXAMPLE}/views.py", "add_up.enqueue(", "add_up.func(")
IMMEDIATE_BACKEND = (f"{EXAMPLE}/settings.py", "TASKS = ", "NO_TASKS = ")  # what Django falls back to
NOT_IMMEDIATE = (f"{EXAMPLE}/settings.py", '"transaction_mode": "IMMEDIATE",', "")
NO_WORK = (f"{EXAMPLE}/tasks.py", "time.sleep(len(numbers))", "pass")
NOT_A_SUM = "math.fsum(numbers)", "max(numbers)"
SUM = "The sum is"
SLEEP = "await asyncio.sleep(len(numbers))"
NOT_GIVEN = "while not __import__('os').path.exists(f'{numbers[0]:g}'): "  # what a job waits for, where it is no time
TOO_LARGE = "1e308 1e308"  # their sum is not a number
SETUP = (
    "import django; django.setup(); from django.db import connection, transaction\n"
    "from django.core.management import call_command\n"
    "from django_tasks_db.models import DBTaskResult; from examples.background.tasks import add_up\n"
)
# A worker that takes a job, while another connection writes between its question and its claim.
TAKE_A_JOB = """
import sqlite3
from django.db.utils import OperationalError

def between(execute, sql, *rest):
    if sql.startswith("UPDATE") and not said:
        other = sqlite3.connect("db.sqlite3", timeout=0)
        try:
            other.execute("UPDATE django_tasks_database_dbtaskresult SET priority = 1")
            other.commit()
            said.append("the other writes")
        except sqlite3.OperationalError:
            said.append("the other waits")
        other.close()
    try:
        return execute(sql, *rest)
    except OperationalError:
        said.append("the worker is refused")
        raise

said = []
add_up.enqueue([])
with connection.execute_wrapper(between):
    call_command("db_worker", max_tasks=1, reload=False, startup_delay=False, interval=0, verbosity=0)
print(*said, sep=", ")
"""


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """A database with the table of jobs."""
    path = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    code = (
        "import sys, django; from django.conf import settings; from django.core.management import call_command\n"
        "settings.DATABASES['default']['NAME'] = sys.argv[1]; django.setup()\n"
        "call_command('migrate', 'django_tasks_database', verbosity=0)"
    )
    subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, env=ENVIRONMENT, check=True)
    return path


@pytest.fixture
def folder(tree, migrated):
    """The project and the example, with a database of their own."""
    shutil.copy(migrated, tree)
    return tree


@pytest.fixture
def uvicorn(start, folder):
    """Start the example as the page does."""

    def uvicorn(options=""):
        return start(f"uvicorn examples.background.asgi:application --port PORT {options}", folder, MODULE)

    return uvicorn


@pytest.fixture
def give(edited, folder):
    """Let each job wait for its first number until it is given, and not for some seconds."""
    edited(f"{EXAMPLE}/tasks.py", NO_WORK[1], f"{NOT_GIVEN}time.sleep(0.01)")
    edited(f"{EXAMPLE}/in_process.py", SLEEP, f"{NOT_GIVEN}await asyncio.sleep(0.01)")

    def give(*numbers):
        for number in numbers:
            (folder / number).touch()

    return give


@pytest.fixture
def shell(folder):
    """Run code with the example's settings; give what it printed, in one line."""

    def shell(code):
        command = [sys.executable, "-c", SETUP + code]
        done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
        return " ".join(done.stdout.split() or done.stderr.splitlines()[-1:])

    return shell


@pytest.fixture
def worker(folder, tmp_path_factory):
    """Start a worker; it is killed after the test."""
    running = []

    def worker(*options):
        command = [sys.executable, "-m", "django", "db_worker", "--no-startup-delay", "--interval=0.1", *options]
        output = tmp_path_factory.mktemp("worker") / "output"
        with output.open("w") as file:
            process = subprocess.Popen(
                command, cwd=folder, env=ENVIRONMENT, stdout=file, stderr=file, start_new_session=True
            )
        process.said = output.read_text
        running.append(process)
        return process

    yield worker
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def states(folder):
    """The states in the table of jobs, in the order of the jobs, in one line; another column can be asked for."""

    def states(column="status"):
        with contextlib.closing(sqlite3.connect(folder / "db.sqlite3", timeout=60)) as database:
            found = database.execute(f"SELECT {column} FROM django_tasks_database_dbtaskresult ORDER BY enqueued_at")
            return ", ".join(str(value) for (value,) in found)

    return states


def post(server, path, numbers, **options):
    """Send the page's form; give the status of the answer."""
    token = "a" * 32
    headers = {"Cookie": f"csrftoken={token}", "X-CSRFToken": token}
    return httpx.post(f"{server.url}{path}", data={"numbers": numbers}, headers=headers, **options).status_code


@pytest.mark.mutation(f"{EXAMPLE}/in_process.py", SLEEP, "raise asyncio.CancelledError")
def test_goes_on_after_the_answer(saw, give, uvicorn):
    """Under uvicorn the job goes on after the response."""
    server = uvicorn()
    saw("the status of the answer", post(server, "/in-process/", "1"), 302)
    saw(f"whether the log has `{SUM}` by then", SUM in server.said(), False)
    give("1")
    said = server.says(f"{SUM} .*")
    saw("when the work may go on, the log has", said and said[0], f"{SUM} 1.0")


@pytest.mark.mutation(f"{EXAMPLE}/in_process.py", SLEEP, "await asyncio.sleep(0)")
@pytest.mark.recorded
def test_lost_with_the_process(saw, uvicorn, folder):
    """It is lost when SIGTERM, SIGKILL or a reload ends the process."""
    for name in ("SIGTERM", "SIGKILL"):
        server = uvicorn()
        post(server, "/in-process/", "1 2 3 4 5")
        server.process.send_signal(getattr(signal, name))
        server.process.wait(30)
        saw(f"whether the log has `{SUM}`, when {name} has ended the process", SUM in server.said(), False)
    server = uvicorn("--reload")
    post(server, "/in-process/", "1 2 3 4 5")

    def reloaded():
        if "Reloading" not in server.said():  # uvicorn does not see a change in its first quarter of a second
            (folder / f"{EXAMPLE}/in_process.py").touch()
        return server.said().count("Application startup complete.") > 1

    assert until(reloaded)
    saw("when a reload has", SUM in server.said(), False)


@pytest.mark.mutation(f"{EXAMPLE}/in_process.py", *NOT_A_SUM)
def test_error_in_the_log(saw, give, uvicorn):
    """Its error is only in the log, after `Task exception was never retrieved`."""
    server = uvicorn()
    saw(f"the status of the answer to `{TOO_LARGE}`", post(server, "/in-process/", TOO_LARGE), 302)
    give("1e+308")
    said = server.says(rf"(Task exception was never retrieved)[^$]*(OverflowError: .*)|{SUM}")
    expected = "Task exception was never retrieved, OverflowError: intermediate overflow in fsum"
    saw("the log, later", said and ", ".join(map(str, said.groups())), expected)


@pytest.mark.mutation(f"{EXAMPLE}/in_process.py", "running.add(task)", "await task")
def test_cut_off_under_wsgi(saw, shell):
    """Under WSGI and in Django's test client it is cancelled when the view returns."""
    said = shell(
        "import asyncio; from django.test import Client, RequestFactory\n"
        "from django.core.wsgi import get_wsgi_application as wsgi\n"
        "from django.conf import settings; from examples.background import in_process\n"
        "settings.ALLOWED_HOSTS = ['*']; tasks = []; create = asyncio.create_task\n"
        "def kept(coroutine): tasks.append(create(coroutine)); return tasks[-1]\n"
        "in_process.asyncio.create_task = kept; in_process.start.csrf_exempt = True\n"
        "environ = RequestFactory().post('/in-process/', {'numbers': '1'}).environ\n"
        "list(wsgi()(environ, lambda *_: None))\n"
        "Client().post('/in-process/', {'numbers': '1'})\n"
        "print(*('cancelled' if task.cancelled() else 'done' for task in tasks))"
    )
    saw("a task of a view under WSGI, and one in the client, afterwards", said, "cancelled cancelled")


@pytest.mark.mutation(
    f"{EXAMPLE}/tasks.py",
    "from django.tasks import task\nexcept ImportError:  # before Django 6.0\n    from django_tasks import task",
    "from functools import cache as task\nexcept ImportError:\n    pass",
)
def test_backport(saw, shell):
    """Django has Tasks since 6.0. For 5.2 there is a backport: `[compat]` installs it, and the `try` imports it."""
    in_django = find_spec("django.tasks") is not None
    saw("whether `django.tasks` is there in Django 6 and not before", in_django == (django.VERSION >= (6,)), True)
    needs = [need for need in metadata.requires("django-tasks-db") if "extra" in need and "django-tasks" in need]
    saw("what `[compat]` installs", re.split("[>=; ]", needs[0])[0], "django-tasks")
    said = shell("from examples.background.tasks import task; print(task.__module__)")
    taken = said == ("django.tasks.base" if in_django else "django_tasks.base")
    saw("whether `task` is Django's where there is one, and the backport's elsewhere", taken, True)


@pytest.mark.mutation(f"{EXAMPLE}/tasks.py", "time.sleep(len(numbers))", "time")
def test_default_backend(saw, edited, shell):
    """Django's default backend runs the job in the request, and the response waits for it."""
    edited(*IMMEDIATE_BACKEND)
    said = shell(
        "import time; time.sleep = lambda seconds: print('runs')\n"
        "from django.test import Client; client = Client(headers={'Host': 'localhost'})\n"
        "print('is answered', client.post('/start/', {'numbers': '1'}).status_code)"
    )
    saw("with that backend, a job that a request starts", said, "runs is answered 302")


@pytest.mark.mutation(f"{EXAMPLE}/tasks.py", "return math.fsum(numbers)", "return 0 and (math.fsum(numbers))")
def test_json(saw, edited, shell, worker, states):
    """Arguments and results are stored as JSON, which has no infinity: a job that returns it fails."""
    edited(*NO_WORK)
    edited(f"{EXAMPLE}/tasks.py", "math.fsum(numbers)", "float('inf')")
    shell("add_up.enqueue([1])")
    worker("--batch").wait(60)
    saw("a job that returns infinity", states(), "FAILED")
    saw("its error", states("exception_class_path"), "django.db.utils.IntegrityError")


@pytest.mark.mutation(*NOT_ENQUEUED)
def test_enqueue_writes_a_row(saw, uvicorn, states):
    """`enqueue` writes a row into the database, and the view responds; nothing has run yet."""
    saw("the status of the answer, with no worker there", post(uvicorn(), "/start/", "1"), 302)
    saw("the states in the table", states(), "READY")


@pytest.mark.mutation(f"{EXAMPLE}/tasks.py", *NOT_A_SUM)
def test_worker_runs_it(saw, give, shell, worker, states):
    """A worker, a separate process, takes the row, runs the function, and writes the result into the row."""
    shell("add_up.enqueue([1, 2]); add_up.enqueue([1e308, 1e308])")
    process = worker("--batch")
    until(lambda: states() != "READY, READY")
    saw("two jobs when a worker has started", states(), "RUNNING, READY")
    give("1", "1e+308")
    process.wait(60)
    saw("afterwards", states(), "SUCCESSFUL, FAILED")
    saw("the results", states("return_value"), "3.0, None")
    saw("the errors", states("exception_class_path"), ", builtins.OverflowError")


@pytest.mark.mutation(*NO_WORK)
def test_one_at_a_time(saw, give, shell, worker, states):
    """It runs one job at a time."""
    shell("for number in range(1, 5): add_up.enqueue([number])")
    give("1")
    worker("--no-reload")
    until(lambda: states().startswith("SUCCESSFUL, RUNNING") or "READY" not in states())
    saw("four jobs, when one worker has done the first", states(), "SUCCESSFUL, RUNNING, READY, READY")
    worker("--no-reload")
    until(lambda: states().count("RUNNING") > 1 or "READY" not in states())
    saw("jobs that run with two workers", states().count("RUNNING"), 2)


@pytest.mark.mutation(f"{EXAMPLE}/views.py", '"-enqueued_at")[:10]', '"-enqueued_at")[: DBTaskResult.objects.count()]')
def test_one_query(saw, shell):
    """The page requests the list every second: one query, and no connection that stays open."""
    said = shell(
        "from django.test import Client; from django.test.utils import CaptureQueriesContext as Queries\n"
        "add_up.enqueue([1]); add_up.enqueue([2])\n"
        "with Queries(connection) as queries: answer = Client(headers={'Host': 'localhost'}).get('/list/')\n"
        "print(len(queries), answer.content.count(b'<li'), answer.streaming)"
    )
    saw("queries for the list, jobs in it, and whether it streams", said, "1 2 False")


@pytest.mark.mutation(*NOT_ENQUEUED)
def test_survives_the_server(saw, edited, uvicorn, worker, states):
    """If SIGKILL ends the server, the job is still done."""
    edited(*NO_WORK)
    server = uvicorn()
    post(server, "/start/", "1 2")
    server.process.kill()
    server.process.wait(30)
    saw("a job when SIGKILL has ended the server", states(), "READY")
    worker("--batch").wait(60)
    saw("when a worker has run", states(), "SUCCESSFUL")


@pytest.mark.mutation(
    f"{EXAMPLE}/tasks.py", "(numbers):\n", "(numbers):\n    import signal; signal.signal(15, signal.SIG_DFL)\n"
)
def test_worker_stops_gracefully(saw, give, shell, worker, states):
    """At SIGTERM a worker finishes its job and stops."""
    shell("add_up.enqueue([1, 2]); add_up.enqueue([3])")
    process = worker("--no-reload")
    until(lambda: "state=RUNNING" in process.said())  # later than in the table
    process.terminate()
    give("1", "3")
    process.wait(60)
    saw("two jobs when SIGTERM in the middle of the first has ended the worker", states(), "SUCCESSFUL, READY")


@pytest.mark.mutation(
    f"{EXAMPLE}/views.py", "def start(", "DBTaskResult.objects.running().update(status='READY')\n\n\ndef start("
)
def test_killed_worker(saw, give, shell, worker, states):
    """If SIGKILL ends a worker, its job stays Running for ever."""
    shell("add_up.enqueue([1])")
    process = worker("--no-reload")
    until(lambda: states() != "READY")
    process.kill()
    process.wait(60)
    saw("a job when SIGKILL has ended its worker", states(), "RUNNING")
    give("1")
    other = worker("--batch")
    other.wait(60)
    saw("whether another worker finds a job", "No more tasks to run" not in other.said(), False)
    saw("the job after it", states(), "RUNNING")


@pytest.mark.mutation(
    f"{EXAMPLE}/views.py", "def start(", "DBTaskResult.objects.failed().update(status='READY')\n\n\ndef start("
)
def test_not_again(saw, edited, shell, worker, states):
    """A failed job stays Failed: nothing runs it again."""
    edited(*NO_WORK)
    shell("add_up.enqueue([1e308, 1e308])")
    for number in ("one worker has", "two workers have"):
        worker("--batch").wait(60)
        saw(f"a job that fails, when {number} run", states(), "FAILED")
    saw("workers that have had it", states("json_array_length(worker_ids)"), "1")


@pytest.mark.mutation(f"{EXAMPLE}/management/commands/put_back.py", "'READY'", "'FAILED'")
def test_put_back(saw, edited, shell, worker, states):
    """`put_back 10` puts back jobs that have been Running for more than ten minutes, and a worker runs them again."""
    edited(*NO_WORK)
    said = shell(
        "from datetime import timedelta; from django.utils.timezone import now\n"
        "for minutes in (11, 9):\n"
        "    job = DBTaskResult.objects.get(id=add_up.enqueue([1]).id); job.claim('killed')\n"
        "    job.started_at = now() - timedelta(minutes=minutes); job.save()\n"
        "call_command('put_back', '10')"
    )
    saw("two jobs that run since 11 and 9 minutes, after `put_back 10`", said, "1 put back")
    saw("their states", states(), "READY, RUNNING")
    worker("--batch").wait(60)
    saw("their states when a worker has run", states(), "SUCCESSFUL, RUNNING")
    saw("workers that have had them", states("json_array_length(worker_ids)"), "2, 1")


@pytest.mark.mutation(f"{EXAMPLE}/management/commands/put_back.py", "WORKERS = 3", "WORKERS = 4")
def test_not_for_ever(saw, shell, states):
    """A job that three workers have had stays Running: it may be what kills them."""
    said = shell(
        "for killed in (2, 3):\n"
        "    job = DBTaskResult.objects.get(id=add_up.enqueue([1]).id)\n"
        "    for worker in range(killed): job.claim(str(worker))\n"
        "call_command('put_back', '0')"
    )
    saw("two jobs that two and three workers have had, after `put_back 0`", said, "1 put back")
    saw("their states", states(), "READY, RUNNING")


@pytest.mark.mutation("oms/settings.py", "DEBUG = True", "DEBUG = False")
@pytest.mark.recorded
def test_reload_kills(saw, shell, worker, states, folder):
    """With `DEBUG`, a worker without `--no-reload` also leaves its job Running when the code changes."""
    shell("add_up.enqueue([1] * 30)")
    process = worker()
    assert until(lambda: states() == "RUNNING", 30)
    saw("whether a worker watches the code", "Watching for file changes" in process.said(), True)

    def reloaded():
        (folder / f"{EXAMPLE}/tasks.py").touch()
        return process.said().count("Starting worker") > 1

    saw("whether it starts anew after a change of `tasks.py`", until(reloaded, 20), True)
    saw("its job then", states(), "RUNNING")
    saw("workers that have had it", shell("print(len(DBTaskResult.objects.get().worker_ids))"), 1)


@pytest.mark.mutation(*IMMEDIATE_BACKEND)
def test_row_in_the_transaction(saw, shell):
    """The row is part of your transaction: a rollback removes the job."""
    said = shell(
        "try:\n"
        "    with transaction.atomic():\n"
        "        add_up.enqueue([1]); print(DBTaskResult.objects.count()); 1 / 0\n"
        "except ZeroDivisionError: print(DBTaskResult.objects.count())"
    )
    saw("jobs in the table, before and after a rollback", said, "1 0")


@pytest.mark.mutation(
    f"{EXAMPLE}/tasks.py",
    "import time",
    "import time\nfrom django.db import transaction\ntransaction.on_commit = lambda do: do()",
)
def test_on_commit(saw, edited, shell):
    """A backend outside the database, such as Django's default, may run the job before the commit;
    `transaction.on_commit` waits for it.
    """
    edited(*IMMEDIATE_BACKEND)
    now, later = "add_up.enqueue([1])", "transaction.on_commit(lambda: add_up.enqueue([1]))"
    said = shell(
        "import time; time.sleep = lambda seconds: print('runs')\n"
        "commit = connection.commit; connection.commit = lambda: (print('commits'), commit())\n"
        f"with transaction.atomic(): {now}\n"
        "print(',')\n"
        f"with transaction.atomic(): {later}"
    ).split(" , ")
    for enqueue, order, expected in zip((now, later), said, ("runs commits", "commits runs"), strict=True):
        saw(f"`{enqueue}` in a transaction, with that backend", order, expected)


@pytest.mark.mutation(*NOT_IMMEDIATE)
def test_waits_for_its_turn(saw, edited, shell):
    """SQLite allows one writer at a time. With `IMMEDIATE`, others wait while a worker takes a job; without it the
    worker is refused.
    """
    saw("another connection that writes while a worker takes a job", shell(TAKE_A_JOB), "the other waits")
    edited(*NOT_IMMEDIATE)
    saw("without `IMMEDIATE`", shell(TAKE_A_JOB), "the other writes, the worker is refused")


@pytest.mark.mutation(f"{EXAMPLE}/settings.py", '"transaction_mode"', '"timeout": 60, "transaction_mode"')
@pytest.mark.recorded
def test_long_writer(saw, uvicorn, worker, folder):
    """A writer that takes longer than five seconds makes the others fail with `database is locked`: a request gets a
    500, and a worker ends.
    """
    server, process = uvicorn(), worker("--no-reload")
    assert until(lambda: "Starting worker" in process.said(), 30)
    with contextlib.closing(sqlite3.connect(folder / "db.sqlite3", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            said = post(server, "/start/", "1", timeout=12)
        except httpx.ReadTimeout:
            said = "none in time"
        saw("the status of the answer while another writes", said, 500)
        until(lambda: process.poll() is not None, 30)
    lines = process.said().splitlines()
    saw("the last line of the worker", lines[-1], "django.db.utils.OperationalError: database is locked")
    saw("its exit code", process.poll(), 1)


@pytest.mark.mutation(f"{EXAMPLE}/tasks.py", "return math.fsum(numbers)", "raise SystemExit")
def test_prune(saw, shell, states):
    """Completed jobs stay in the table: the command `prune_db_task_results` deletes those older than 14 days."""
    said = shell(
        "from datetime import timedelta; from django.utils.timezone import now\n"
        "for days in (15, 13):\n"
        "    job = DBTaskResult.objects.get(id=add_up.enqueue([]).id); job.set_successful(add_up.call([]))\n"
        "    job.finished_at = now() - timedelta(days=days); job.save()\n"
        "print(*DBTaskResult.objects.values_list('status', flat=True), sep=', ', end='; ')\n"
        "call_command('prune_db_task_results')"
    )
    done, _, printed = said.partition("; ")
    saw("two jobs that were done 15 and 13 days ago", done, "SUCCESSFUL, SUCCESSFUL")
    saw("`prune_db_task_results` prints", printed, "Deleted 1 task result(s)")
    saw("the jobs after it", states(), "SUCCESSFUL")
