"""The proofs pass on each Django that the pages name, and see there what the evidence says."""

import configparser
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "tests/versions/run"


def test_tox_runs_all_proofs_on_each_django_that_has_a_list():
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    assert tox["tox"]["env_list"].split(", ") == sorted(path.stem for path in RUN.parent.glob("django*.in"))
    assert {*tox["testenv"]} == {"base_python", "deps", "pass_env", "commands"}
    assert tox["testenv"]["commands"] == "python -m pytest tests/statements {posargs}"


@pytest.mark.slow
def test_the_proofs_pass_on_each_django():
    done = subprocess.run([RUN], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_a_python_that_is_missing_is_named_with_its_cure(tmp_path):
    for tool in ("dirname", "sh"):
        (tmp_path / tool).symlink_to(f"/bin/{tool}" if Path(f"/bin/{tool}").exists() else f"/usr/bin/{tool}")
    done = subprocess.run(
        [RUN], env={"PATH": str(tmp_path), "UV_OFFLINE": "1", "HOME": str(tmp_path)}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "Python 3.10 is missing and could not be downloaded; the proofs need it"
    )
