"""mkdocs.yml keeps its gates closed, the build asks no network, and each module of the tests is collected."""

from pathlib import Path

import django
import pytest
from mkdocs.utils.yaml import yaml_load

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
    others = {path.name for path in (ROOT / "tests").rglob("*.py") if not path.name.startswith("test_")}
    assert others == {"built.py", "clients.py", "conftest.py", "import_asgi.py", "reader.py"}
