"""The examples, started as their pages say, and used in browsers as their readers would."""

import io
import os
import shutil

import pytest
from PIL import Image

from tests.shared.running import REDIS, ROOT

RECORDS = "RECORD_TO" in os.environ  # scripts/record makes the pictures and the figures of the pages
PICTURES = ROOT / "docs/assets/examples"


@pytest.fixture
def project(tmp_path):
    """A copy of the project and its examples, with no database yet."""
    for folder in ("oms", "examples"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
def example(project, start):
    """Start an example by its name, with uvicorn as its page does; each call starts one more process."""

    def example(name, *options, port=None, env=()):
        command = f"uvicorn examples.{name}.asgi:application --port PORT {' '.join(map(str, options))}"
        return start(command, project, f"examples.{name}.settings", port, **dict(env))

    return example


@pytest.fixture
def redis(start, tmp_path):
    """The address of a Redis of this test's own."""
    return f"redis://127.0.0.1:{start([*REDIS, '--dir', tmp_path], tmp_path).port}/0"


@pytest.fixture
def visitor(browser):
    """Open a browser window of its own for each visitor, with no cookies of another; give its page."""
    contexts = []

    def visitor(**options):
        contexts.append(browser.new_context(**({"viewport": {"width": 420, "height": 480}} | options)))
        return contexts[-1].new_page()

    yield visitor
    for context in contexts:
        context.close()


@pytest.fixture
def picture():
    """Take the picture that a page shows, of some windows side by side; without scripts/record it must be there."""

    def picture(name, *windows):
        for theme in ("light", "dark"):
            for window in windows:
                window.emulate_media(color_scheme=theme)
            shots = [Image.open(io.BytesIO(window.screenshot())).convert("RGB") for window in windows]
            whole = Image.new("RGB", (sum(s.width for s in shots) + 12 * (len(shots) - 1), shots[0].height), "gray")
            for number, shot in enumerate(shots):
                whole.paste(shot, (sum(s.width + 12 for s in shots[:number]), 0))
            path = PICTURES / f"{name}-{theme}.png"
            if RECORDS:
                path.parent.mkdir(parents=True, exist_ok=True)
                whole.quantize(64).save(path, optimize=True)
            with Image.open(path) as shown:
                assert shown.size == whole.size, f"{path} is of another page; run scripts/record examples"

    return picture
