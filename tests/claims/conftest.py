"""How a claim is tested: what a test may use, how it is shown that it can fail, and what it saw.

A test has the name of its mark, and its docstring is the sentence. It says what it runs and what it must see with ``saw``.
``@pytest.mark.mutation`` names a change of a file or of Django with which the sentence is false: there the test must fail.
"""

import ast
import functools
import gc
import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import django
import pytest
from clients import ROOT, answer
from django.test import override_settings
from proxied import certificate, nginx, tls, visitor  # noqa: F401

from pages.claims import claims, module, name_of_test, pages, runs_on
from tests.shared.record import code, made
from tests.shared.running import Servers

SAW = pytest.StashKey[dict]()  # what the tests saw: {"index": {"setdefault-keeps": ["..."]}}
FAILED = pytest.StashKey[dict]()  # the tests that failed with their mutation: {"index": ["setdefault-keeps"]}
UNTIDY = pytest.mark.filterwarnings("ignore::ResourceWarning")  # a mutation may leave files open
DJANGO = "django-{}.{}".format(*django.VERSION)
collect_ignore = [module(page).name for page in pages() if not runs_on(page, DJANGO.removeprefix("django-"))]
EVIDENCE = ROOT / f"evidence/{DJANGO}.json"
RECORD_TO = os.environ.get(
    "RECORD_TO"
)  # a folder for the record; without it, what is seen is compared with the evidence
COPIED = "examples", "tests/claims", "tests/shared"  # with oms/, what a mutation can change


class NotSeen(AssertionError):
    """A test saw something else than its sentence says."""


def label(item):
    """The page and the mark of a test: ("index", "setdefault-keeps")."""
    return tuple(name.removeprefix("test_").replace("_", "-") for name in (item.path.stem, item.originalname))


def mutated(item):
    return hasattr(item, "callspec") and item.callspec.params.get("project") is not None


def pytest_configure(config):
    config.stash[SAW], config.stash[FAILED] = {}, {}


def pytest_generate_tests(metafunc):
    changes = [pytest.param(None, id="claim")]
    for mark in metafunc.definition.iter_markers("mutation"):
        changes.append(pytest.param(mark.args, id="mutation", marks=[pytest.mark.recorded, UNTIDY]))
    if len(changes) > 1:
        metafunc.parametrize("project", changes, indirect=True)


def no_such_mutation(request, why):
    file, line, _ = request.node.location
    pytest.fail(f"{file}:{line + 1}: {why}; correct the mutation.", pytrace=False)


@pytest.fixture(autouse=True)
def project(request, tmp_path, monkeypatch):
    """The folder in which processes run: the project's, or a copy of it with the mutation."""
    match getattr(request, "param", None):
        case None:
            yield ROOT
        case (target, value):
            try:
                monkeypatch.setattr(target, value)
            except (AttributeError, ImportError) as error:
                no_such_mutation(request, error)
            yield ROOT
            gc.collect()
        case (file, old, new):
            for folder in ("oms", *COPIED):
                shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
            text = (tmp_path / file).read_text()
            if not old or old not in text:
                no_such_mutation(request, f"{file} has no {old!r} to replace")
            (tmp_path / file).write_text(text.replace(old, new, 1))
            try:
                ast.parse((tmp_path / file).read_text())
            except SyntaxError as error:
                no_such_mutation(request, f"with {new!r}, {file} is not Python ({error.msg})")
            yield tmp_path
        case _:
            no_such_mutation(request, "a mutation is (file, old, new) or (target, value)")


@pytest.fixture
def tree(project, tmp_path):
    """A copy of the project that a test may change, with the mutation if there is one."""
    if project == ROOT:
        for folder in ("oms", "examples"):
            shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
def edited(tree, project):
    """Change a file of the project; give the project's folder."""

    def edited(file, old, new):
        text = (tree / file).read_text()
        assert old in text or project != ROOT
        (tree / file).write_text(text.replace(old, new))
        return tree

    return edited


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Keep what a test saw; with its mutation it must fail."""
    page, mark = label(pyfuncitem)
    if not mutated(pyfuncitem):
        wrong = None
        try:
            result = yield
        except NotSeen as error:
            wrong = error
        if wrong:
            file, line, _ = pyfuncitem.location
            pytest.fail(
                f"{file}:{line + 1}: {wrong} Mend what the sentence is about; "
                f"or, if it is no longer true, the sentence in docs/{page}.md and this test.",
                pytrace=False,
            )
        if not hasattr(pyfuncitem, "callspec"):
            pyfuncitem.user_properties.append(("without mutation", name_of_test(page, mark)))
        saw = getattr(pyfuncitem, "saw", [])
        pyfuncitem.config.stash[SAW].setdefault(page, {})[mark] = saw
        if not saw:
            pytest.fail(
                f"the test of {mark} says nothing that it saw; give it to saw(ran, seen, expected)", pytrace=False
            )
        if not RECORD_TO and EVIDENCE.exists():
            recorded = json.loads(EVIDENCE.read_text(encoding="utf-8"))["seen"].get(page, {}).get(mark, saw)
            if saw != recorded:
                pyfuncitem.user_properties.append(("other than recorded", (page, mark)))
        return result
    try:
        yield
    except NotSeen:
        pyfuncitem.config.stash[FAILED].setdefault(page, []).append(mark)
        return True
    file, line, _ = pyfuncitem.location
    pytest.fail(
        f"{file}:{line + 1}: the test of {mark} passes with the mutation {pyfuncitem.callspec.params['project']}; "
        "let it look at what the sentence says, or name another mutation.",
        pytrace=False,
    )


@pytest.fixture
def saw(request):
    """Compare what was run and seen with what must be seen, and keep it as evidence for the page."""
    lines = []

    def saw(ran, seen, expected):
        """Say what was run, give what was seen, and what the sentence needs to be seen."""
        if " ".join(str(seen).split()) != str(expected):  # no-break spaces are spaces
            raise NotSeen(f"{ran}: saw {str(seen)!r}, and was to see {str(expected)!r}.")
        lines.append(f"{ran}: `{seen}`")

    request.node.saw = lines
    return saw


def pytest_sessionfinish(session, exitstatus):
    """Write what was seen where RECORD_TO says; scripts/record makes the evidence of it.

    Where some tests were chosen, as those of a page, the others keep what was seen of them.
    """
    if RECORD_TO and session.config.option.keyword and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = 0  # a page whose claims are not tried on this Django
    if RECORD_TO and exitstatus == 0:
        path, saw = Path(RECORD_TO) / f"{DJANGO}.json", session.config.stash[SAW]
        seen = made() | {
            "versions": {
                "Django": django.__version__,
                "Python": "{}.{}".format(*sys.version_info),
                **{name: metadata.version(name) for name in ("uvicorn", "daphne", "hypercorn")},
            },
            "seen": saw,
            "failed": {page: sorted(marks) for page, marks in session.config.stash[FAILED].items()},
            "code": {page: {mark: code(name_of_test(page, mark)) for mark in marks} for page, marks in saw.items()},
        }
        if session.config.option.keyword:
            before = {"code": {}} | json.loads(path.read_text(encoding="utf-8"))
            if before["versions"] != seen["versions"]:
                pytest.exit(f"{path.name} was recorded with other versions; run scripts/record claims.", 1)
            seen = {
                name: before[name] | new if isinstance(new, dict) else before.get(name, new)
                for name, new in seen.items()
            }
        text = json.dumps(seen, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")


def pytest_terminal_summary(terminalreporter, config):
    """With a record, name the claims that no mutation has shown able to fail."""
    saw, failed = config.stash[SAW], config.stash[FAILED]
    without = [name_of_test(page, mark) for page in saw for mark in claims(page) if mark not in failed.get(page, [])]
    if RECORD_TO and without:
        terminalreporter.section("Claims without a mutation; name one with @pytest.mark.mutation")
        for name in without:
            terminalreporter.write_line(name)


@pytest.fixture(autouse=True)
def views():
    """Serve the views of clients.py."""
    with override_settings(ROOT_URLCONF="clients", ALLOWED_HOSTS=["*"]):
        yield


@pytest.fixture
def python(project):
    """Run code in a new Python without DJANGO_SETTINGS_MODULE, but for what is given.

    Gives what it printed, in one line, or the last line of its error.
    """

    def python(code, **environment):
        inherited = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=inherited | environment, cwd=project, capture_output=True, text=True
        )
        return " ".join((done.stdout if done.returncode == 0 else done.stderr.splitlines()[-1]).split())

    return python


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Start servers of the project without a mutation, each once for the tests of a module."""
    with Servers(tmp_path_factory.mktemp) as start:
        yield functools.cache(start)


@pytest.fixture
def serve(start, shared, project):
    """Start a server in the project, or give one that runs there: for tests that only ask it."""
    return lambda command, **how: (shared if project == ROOT else start)(command, project, **how)


@pytest.fixture(scope="session")
def answers():
    """What the servers of the project without a mutation answered in this run: each is started once."""
    return {}


@pytest.fixture
def served(start, project, answers):
    """Start a server in the project, ask it for a page, and give the page's heading or the server's last words."""

    def served(command, tree=project, **client):
        known = answers if tree == ROOT else {}
        key = command, *client.items()
        if key not in known:
            known[key] = ask(command, tree, client)
        return known[key]

    def ask(command, tree, client):
        port = "--bind 127.0.0.1:PORT" if command.startswith("hypercorn") else "--port PORT"
        try:
            server = start(f"{command} {port}", tree)
        except pytest.fail.Exception as error:
            return str(error).splitlines()[-1]
        said = answer(server.url, **client)
        server.stop()
        return said

    return served
