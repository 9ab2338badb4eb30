"""The scripts serve, build and explain themselves; what they make is whole or not there."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
NEEDED = "bash cat cmp cp dirname env git ls mkdir mktemp mv printf rm sh tr".split()


def run(script, cwd, **environment):
    """Run a script to its end; give the completed process."""
    return subprocess.run(
        [cwd / "scripts" / script], cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def only_needed(tmp_path):
    """A folder for PATH with the commands that the scripts use, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        (folder / name).symlink_to(shutil.which(name))
    return folder


def fake_python(folder, body):
    (folder / "python3").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "python3").chmod(0o755)


def serve(start, tree, free_port):
    return start(tree / "scripts/serve", cwd=tree, env={"DEV_ADDR": f"127.0.0.1:{free_port}"})


@pytest.mark.slow
def test_a_second_start_of_serve_shows_the_page_within_3_seconds(start, installed_copy, free_port):
    """The quickest of three starts: other tests run meanwhile."""
    seconds = []
    for _ in range(3):
        before = time.monotonic()
        server = serve(start, installed_copy, free_port)
        assert "ASGI Configuration in Django" in httpx.get(server.url).text
        seconds.append(time.monotonic() - before)
        server.stop()
    assert min(seconds) < 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "path", "old", "new"),
    [
        ("oms/asgi.py", "", "ASGI config for oms project.", "ASGI config, changed."),
        ("oms/asgi.py", "reference/", "ASGI config for oms project.", "ASGI config, changed."),
        ("docs/glossary.md", "glossary/", "Each word is explained", "Each term is told"),
        ("overrides/404.html", "404.html", "There is no page", "There is nothing"),
    ],
    ids=["asgi.py on its page", "asgi.py in the reference", "a page", "the theme"],
)
def test_a_change_shows_in_the_open_browser_within_4_seconds(
    start, installed_copy, free_port, page, file, path, old, new
):
    server = serve(start, installed_copy, free_port)
    page.goto(f"{server.url}/{path}")
    expect(page.get_by_text(old).first).to_be_visible()
    page.wait_for_load_state("load")
    changed = (installed_copy / file).read_text().replace(old, new)
    before = time.monotonic()
    (installed_copy / file).write_text(changed)
    expect(page.get_by_text(new).first).to_be_visible(timeout=5000)
    assert time.monotonic() - before < 4


def test_serve_says_that_its_port_is_in_use(installed_copy):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        done = run("serve", installed_copy, DEV_ADDR=address)
    assert done.returncode == 1
    assert re.fullmatch(
        rf"The site cannot be served on {address}: .*Address already in use.*\n"
        r"Stop the program that uses the port, or choose another: DEV_ADDR=127\.0\.0\.1:8002 scripts/serve\n",
        done.stderr,
    )


@pytest.mark.parametrize("script", ["serve", "build", "test"])
def test_no_python_is_said_with_its_cure(copy, only_needed, script):
    done = run(script, copy, PATH=str(only_needed))
    assert done.returncode == 1
    assert done.stderr.startswith("No Python 3.10 or later was found")
    assert "Install one from https://www.python.org/downloads/" in done.stderr
    assert not (copy / ".venv").exists()


def test_an_old_python_is_named(copy, only_needed):
    fake_python(only_needed, '[ "$1" = --version ] && echo Python 3.9.18; exit 1')
    done = run("serve", copy, PATH=str(only_needed))
    assert done.returncode == 1
    assert done.stderr.startswith("No Python 3.10 or later was found; python3 is: Python 3.9.18\n")


def test_a_python_without_venv_is_said_with_its_cure(copy, only_needed):
    fake_python(only_needed, '[ "$1" = -m ] && mkdir -p .venv && exit 1; exit 0')
    done = run("serve", copy, PATH=str(only_needed))
    assert done.returncode == 1
    assert "On Debian and Ubuntu, run: apt-get install python3-venv" in done.stderr
    assert not (copy / ".venv").exists()


@pytest.mark.slow
def test_no_network_is_said_with_its_cure(copy):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    done = run("serve", copy, PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS="", **nowhere)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "Installing requirements.txt failed; the reason stands above.\n"
        "Without a network: connect, or point pip at a mirror with PIP_INDEX_URL. Then run this again.\n"
    )


def test_the_tests_and_the_versions_are_run_whole():
    for script, ending in (
        ("scripts/test", '\nexec .venv/bin/python -m pytest -n 2 --dist worksteal "$@"\n'),
        ("tests/versions/run", '\nexec .venv/bin/tox run-parallel --parallel 2 --parallel-no-spinner -- "$@"\n'),
    ):
        assert (ROOT / script).read_text().endswith(ending), f"{script}: its last line leaves something out"


@pytest.mark.slow
def test_build_makes_the_whole_site_and_leaves_nothing_else(installed_copy):
    before = set(os.listdir(installed_copy))
    assert run("build", installed_copy).returncode == 0
    assert set(os.listdir(installed_copy)) - before == {"site"}
    assert (installed_copy / "site/index.html").exists() and (installed_copy / "site/sitemap.xml").exists()


def test_a_failed_build_leaves_the_last_site_as_it_was(installed_copy):
    (installed_copy / "site").mkdir()
    (installed_copy / "site/last").touch()
    (installed_copy / "docs/glossary.md").write_text("# Glossary\n")
    assert run("build", installed_copy).returncode == 1
    assert os.listdir(installed_copy / "site") == ["last"]
    assert not list(installed_copy.glob(".site.*"))


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.1, 0.3, 0.5, 0.6, 0.7])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_leaves_a_whole_site(installed_copy, how, after):
    (installed_copy / "site").mkdir()
    (installed_copy / "site/last").touch()
    process = subprocess.Popen(
        [installed_copy / "scripts/build"], cwd=installed_copy, start_new_session=True, stderr=subprocess.DEVNULL
    )
    time.sleep(after)
    if process.poll() is None:
        os.killpg(process.pid, how)
    process.wait()
    site = installed_copy / "site"
    assert not site.exists() or os.listdir(site) == ["last"] or (site / "sitemap.xml.gz").exists()
    if how != signal.SIGKILL:
        assert not list(installed_copy.glob(".site.*"))
    assert run("build", installed_copy).returncode == 0
    assert (site / "sitemap.xml.gz").exists() and not (site / "last").exists()


@pytest.mark.slow
def test_pip_and_mkdocs_alone_serve_the_site_as_the_readme_says(start, copy, free_port, tmp_path):
    readme = (ROOT / "README.md").read_text()
    commands = re.findall(r"(?m)^(?:python -m venv \.venv|pip install .*|mkdocs serve)$", readme)
    assert commands == ["python -m venv .venv", "pip install -r requirements.txt", "mkdocs serve"]
    subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=copy, check=True)
    path = os.pathsep.join([str(copy / ".venv/bin"), os.environ["PATH"]])
    subprocess.run(["bash", "-c", commands[1]], cwd=copy, env=os.environ | {"PATH": path}, check=True)
    server = start("bash", "-c", commands[2], cwd=copy, env={"PATH": path, "DEV_ADDR": f"127.0.0.1:{free_port}"})
    assert "ASGI Configuration in Django" in httpx.get(server.url).text
