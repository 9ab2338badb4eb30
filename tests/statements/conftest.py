"""How a sentence is proved: what a proof may use, how it is shown that it can fail, and what it saw.

A proof is a test whose name is the sentence's mark and whose docstring is the sentence. It says what it runs and what it
must see with ``saw``. ``@pytest.mark.false_if`` names a world in which the sentence is false: there the proof must fail.
"""

import gc
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import django
import pytest
from clients import ROOT, answer
from django.test import override_settings

SAW = pytest.StashKey[dict]()  # what the proofs that passed saw: {"index": {"setdefault-keeps": ["..."]}}
LEFT_OUT = pytest.StashKey[set]()  # the proofs that -m or -k left out
UNTIDY = pytest.mark.filterwarnings("ignore::ResourceWarning")  # a false world may leave files open
DJANGO = "django-{}.{}".format(*django.VERSION)


class NotSeen(AssertionError):
    """A proof saw something else than its sentence says."""


def label(item):
    """The page and the mark of a proof: ("index", "setdefault-keeps")."""
    return item.path.stem.removeprefix("test_"), item.originalname.removeprefix("test_").replace("_", "-")


def in_a_false_world(item):
    return hasattr(item, "callspec") and item.callspec.params.get("world") is not None


def pytest_configure(config):
    config.stash[SAW], config.stash[LEFT_OUT] = {}, set()


def pytest_generate_tests(metafunc):
    worlds = [pytest.param(None, id="true")]
    for mark in metafunc.definition.iter_markers("false_if"):
        worlds.append(pytest.param(mark.args, id="false", marks=[pytest.mark.slow, UNTIDY]))
    if len(worlds) > 1:
        metafunc.parametrize("world", worlds, indirect=True)


def pytest_collection_modifyitems(items):
    """Compare what was seen with the evidence after all proofs."""
    items.sort(key=lambda item: item.path.name == "test_seen.py")


def pytest_deselected(items):
    for item in items:
        if item.path.parent == Path(__file__).parent and not in_a_false_world(item):
            item.config.stash[LEFT_OUT].add(label(item))


@pytest.fixture
def seen(request):
    """What the proofs of this run saw, the proofs that were left out of it, and the version of Django."""
    return request.config.stash[SAW], request.config.stash[LEFT_OUT], DJANGO


@pytest.fixture(autouse=True)
def world(request, tmp_path, monkeypatch):
    """The folder in which processes run: the project's, or a copy of it in which an edit makes the sentence false."""
    match getattr(request, "param", None):
        case None:
            yield ROOT
        case (target, value):
            monkeypatch.setattr(target, value)
            yield ROOT
            gc.collect()
        case (file, old, new):
            shutil.copytree(ROOT / "oms", tmp_path / "oms", ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copytree(ROOT / "tests/statements", tmp_path / "tests/statements")
            text = (tmp_path / file).read_text()
            assert old in text, f"{file} has no {old!r} to replace"
            (tmp_path / file).write_text(text.replace(old, new, 1) if old else text + new)
            yield tmp_path


@pytest.fixture
def tree(world, tmp_path):
    """A copy of the project that a proof may change, edited where the world is."""
    if world == ROOT:
        shutil.copytree(ROOT / "oms", tmp_path / "oms", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Turn a proof round in a world where its sentence is false: it must fail, by what it saw."""
    if not in_a_false_world(pyfuncitem):
        return (yield)
    try:
        yield
    except NotSeen:
        return True
    pytest.fail("The proof passes in a world where its sentence is false; let it look at what the sentence says.")


@pytest.fixture
def saw(request):
    """Compare what was run and seen with what must be seen, and keep it as evidence for the page."""
    lines = []

    def saw(ran, seen, expected):
        """Say what was run, give what was seen, and what the sentence needs to be seen."""
        if " ".join(str(seen).split()) != str(expected):  # no-break spaces are spaces
            raise NotSeen(f"{ran}\nsaw: {seen!r}\nnot: {expected!r}")
        lines.append(f"{ran}: `{seen}`")

    request.node.saw = lines
    return saw


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" and report.passed and hasattr(item, "saw") and not in_a_false_world(item):
        page, mark = label(item)
        item.config.stash[SAW].setdefault(page, {})[mark] = item.saw
    return report


def pytest_sessionfinish(session, exitstatus):
    """Write what was seen where RECORD_TO says; scripts/record makes the evidence of it."""
    if "RECORD_TO" in os.environ and exitstatus == 0:
        seen = {
            "django": django.__version__,
            "python": "{}.{}".format(*sys.version_info),
            "seen": session.config.stash[SAW],
        }
        text = json.dumps(seen, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        (Path(os.environ["RECORD_TO"]) / f"{DJANGO}.json").write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def views():
    """Serve the views of clients.py."""
    with override_settings(ROOT_URLCONF="clients", ALLOWED_HOSTS=["*"]):
        yield


@pytest.fixture
def python(world):
    """Run code in a new Python without DJANGO_SETTINGS_MODULE, but for what is given.

    Gives what it printed, in one line, or the last line of its error.
    """

    def python(code, **environment):
        inherited = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=inherited | environment, cwd=world, capture_output=True, text=True
        )
        return " ".join((done.stdout if done.returncode == 0 else done.stderr.splitlines()[-1]).split())

    return python


@pytest.fixture(scope="session")
def answers():
    """What the servers of the true world answered in this run: each is started once."""
    return {}


@pytest.fixture
def served(start, free_port, world, answers):
    """Start a server in the world, ask it for a page, and give the page's heading or the server's last words."""

    def served(command, tree=world, **client):
        known = answers if tree == ROOT else {}
        key = command, *client.items()
        if key not in known:
            known[key] = ask(command, tree, client)
        return known[key]

    def ask(command, tree, client):
        module, *arguments = command.split()
        port = ["--bind", f"127.0.0.1:{free_port}"] if module == "hypercorn" else ["--port", free_port]
        command = [sys.executable, "-m", module, *arguments, *port]
        try:
            server = start(*command, cwd=tree, env={"DJANGO_SETTINGS_MODULE": "oms.settings"})
        except pytest.fail.Exception as error:
            return str(error).splitlines()[-1]
        said = answer(server.url, **client)
        server.terminate()
        server.communicate()
        return said

    return served
