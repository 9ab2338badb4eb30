"""The tests of docs/api.md: each is named for its mark there, and its docstring is the sentence before the mark."""

import pytest


@pytest.mark.mutation("oms/asgi.py", "os.environ.setdefault", "(lambda *_: None)")
def test_what_asgi_py_uses(saw, python):
    """From Django, `oms.asgi` uses `get_asgi_application()`, which calls `django.setup()` and returns an `ASGIHandler`.
    From Python, it uses `os.environ`, where it sets `DJANGO_SETTINGS_MODULE`.
    """
    code = (
        "import os, django; before = {*os.environ}; setup = django.setup; called = []\n"
        "django.setup = lambda *arguments, **named: (called.append('django.setup'), setup(*arguments, **named))\n"
        "import oms.asgi; print(*called, type(oms.asgi.application).__name__, *({*os.environ} - before))"
    )
    saw(
        "what `import oms.asgi` calls, the type of its `application`, and the variables that it adds",
        python(code),
        "django.setup ASGIHandler DJANGO_SETTINGS_MODULE",
    )
