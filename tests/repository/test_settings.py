"""mkdocs.yml keeps its gates closed, the build asks no network, and each module of the tests is collected."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import django
import pytest
from mkdocs.utils.yaml import yaml_load

# What tests/servers serves, and what measures it.
SERVED = "bare", "beside", "command_lines", "conftest", "load", "settings", "views", "without_middleware"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def settings():
    with open(ROOT / "mkdocs.yml") as file:
        return yaml_load(file)


def test_links_anchors_and_nav_are_checked(settings):
    assert settings["validation"] == {
        "nav": dict.fromkeys(["absolute_links", "not_found", "omitted_files"], "warn"),
        "links": dict.fromkeys(["absolute_links", "anchors", "not_found", "unrecognized_links"], "warn"),
    }, "mkdocs.yml: set each of these under validation to warn"


def test_snippets_of_missing_files_are_errors(settings):
    assert {"pymdownx.snippets": {"base_path": ["."], "check_paths": True}} in settings["markdown_extensions"]


def test_the_site_has_no_hook_and_no_plugin_of_its_own(settings):
    assert "hooks" not in settings
    assert [plugin if isinstance(plugin, str) else next(iter(plugin)) for plugin in settings["plugins"]] == [
        "search",
        "mkdocstrings",
    ]


def test_each_inventory_is_a_file_of_the_version_in_its_name(settings):
    named = {}
    for entry in settings["plugins"][1]["mkdocstrings"]["handlers"]["python"]["inventories"]:
        assert entry["url"].startswith("file:inventories/"), (
            f"mkdocs.yml: keep the inventory {entry['url']} in inventories/"
        )
        path = ROOT / entry["url"].removeprefix("file:")
        project, version = (line.split(b": ")[1].decode() for line in path.read_bytes().split(b"\n")[1:3])
        assert path.stem == f"{project.lower()}-{version}"
        assert version in entry["base_url"]
        named[project] = version
    assert named["Django"] == ".".join(map(str, django.VERSION[:2]))


def test_each_module_of_the_tests_is_collected_or_is_known_to_help():
    others = {
        str(path.relative_to(ROOT / "tests")) for path in (ROOT / "tests").rglob("*.py") if path.name[:5] != "test_"
    }
    assert others == {
        "commands/reader.py",
        "conftest.py",
        "project/import_asgi.py",
        "running.py",
        *(f"servers/{name}.py" for name in SERVED),
        "site/built.py",
        "statements/clients.py",
        "statements/conftest.py",
    }


def test_each_test_that_is_written_is_collected_once():
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "tests"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    collected = {re.sub(r"\[.*", "", line) for line in said.splitlines() if "::" in line}
    written = [
        f"{path.relative_to(ROOT)}::{name}"
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"(?m)^def (test_\w+)", path.read_text(encoding="utf-8"))
    ]
    assert sorted(written) == sorted(collected), f"not collected, or twice: {Counter(written) - Counter(collected)}"


def test_each_function_beside_the_tests_is_used():
    files = [path for folder in ("tests", "scripts") for path in (ROOT / folder).rglob("*.py")]
    known = Counter(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in files)))
    for path in files:
        for name in re.findall(r"(?m)^(?:async )?def (?!test_|pytest_)(\w+)", path.read_text(encoding="utf-8")):
            assert known[name] > 1, f"{path.relative_to(ROOT)}: nothing uses {name}; is it a test without its test_?"
