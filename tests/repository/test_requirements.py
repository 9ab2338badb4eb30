"""The requirement lists are complete, pinned by hash, and compiled from the short lists beside them."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = ["requirements", "tests/requirements", *(f"tests/versions/django{n}" for n in (51, 52, 60, 61))]


def names(path):
    """The packages that a list names, in lower case."""
    return {match[1].lower() for match in re.finditer(r"(?m)^([A-Za-z0-9._-]+)", path.read_text())}


@pytest.mark.slow
def test_each_list_is_what_its_source_compiles_to(installed_copy):
    for name in LISTS:
        with (installed_copy / f"{name}.txt").open("a") as file:
            file.write("# stale\n")  # a list that is not compiled anew keeps it
    subprocess.run([installed_copy / "scripts/lock"], cwd=installed_copy, check=True, timeout=300)
    for name in LISTS:
        assert (installed_copy / f"{name}.txt").read_text() == (ROOT / f"{name}.txt").read_text(), (
            f"{name}.txt is out of step with {name}.in; run scripts/lock"
        )


@pytest.mark.parametrize("name", LISTS)
def test_each_requirement_is_pinned_with_hashes(name):
    text = (ROOT / f"{name}.txt").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.lstrip().startswith("#"):
            assert re.match(r"[a-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), (
                f"{name}.txt: {line[:60]}: no pin or hash"
            )


@pytest.mark.parametrize("name", LISTS)
def test_no_list_names_a_host_or_a_folder_of_a_machine(name):
    assert not re.search(r"https?://|file:|--index-url|--find-links|--extra-index", (ROOT / f"{name}.txt").read_text())


def test_what_only_the_tests_need_is_in_their_list_alone():
    assert not names(ROOT / "tests/requirements.in") & names(ROOT / "requirements.txt")


def test_serving_and_building_install_no_test_tools():
    for script in ("serve", "build"):
        installs = re.findall(r"(?m)^scripts/install (.*)$", (ROOT / "scripts" / script).read_text())
        assert installs == ["requirements.txt"], f"scripts/{script} installs {installs}"
