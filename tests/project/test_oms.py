"""oms/ is what startproject writes, and an ASGI server serves it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESTORE = (
    "oms/{0} is not what startproject writes: take it back with git checkout oms/{0}, "
    "and put what it lacks around it, as examples/ does."
)


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """What the installed Django's startproject writes, formatted by black as it does where black is installed."""
    folder = tmp_path_factory.mktemp("generated")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    assert shutil.which("black", path=path), "black is missing; startproject formats with it. Run scripts/test"
    subprocess.run(
        [sys.executable, "-m", "django", "startproject", "oms"], cwd=folder, env=os.environ | {"PATH": path}, check=True
    )
    return folder / "oms/oms"


def test_oms_has_the_modules_that_startproject_writes(generated):
    assert {path.name for path in (ROOT / "oms").glob("*.py")} == {path.name for path in generated.glob("*.py")}


def test_asgi_py_differs_from_startprojects_only_in_the_version_in_its_link(generated):
    written = (generated / "asgi.py").read_bytes()
    link = b"https://docs.djangoproject.com/en/5.%d/howto/deployment/asgi/"
    assert written.count(link % 2) == 1
    if (ROOT / "oms/asgi.py").read_bytes() != written.replace(link % 2, link % 1):
        pytest.fail(RESTORE.format("asgi.py"), pytrace=False)


@pytest.mark.parametrize("name", ["__init__.py", "settings.py", "urls.py", "wsgi.py"])
def test_the_other_modules_are_startprojects_own(generated, name):
    secret = re.compile(rb'SECRET_KEY = "django-insecure-.{50}"')  # made anew for each project
    if secret.sub(b"", (ROOT / "oms" / name).read_bytes()) != secret.sub(b"", (generated / name).read_bytes()):
        pytest.fail(RESTORE.format(name), pytrace=False)


def test_each_module_is_a_plain_file():
    for path in (ROOT / "oms").glob("*.py"):
        assert not path.is_symlink() and not path.stat().st_mode & 0o111, f"{path.name} is a link, or may be executed"


def test_there_is_no_manage_py():
    assert not (ROOT / "manage.py").exists()


def test_import_asgi_answers_a_request():
    run = subprocess.run([sys.executable, "tests/project/import_asgi.py"], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "oms.asgi:application answered GET / with 200.\n"), run.stderr
