"""Each test here holds a page's sentences against a record; its name says which, as test_load_... for docs/load.md."""

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Say which page and record disagree, and what to do."""
    record = getattr(pyfuncitem.module, "RECORD", None)
    try:
        return (yield)
    except (AssertionError, KeyError) as error:
        if not record:
            raise
        said = str(error).splitlines()[0]
    file, line, _ = pyfuncitem.location
    page = pyfuncitem.name.split("_")[1]
    pytest.fail(
        f"{file}:{line + 1}: evidence/{record}.json does not say what docs/{page}.md says, "
        f"“{pyfuncitem.function.__doc__.splitlines()[0]}”: {said}. "
        f"Correct the page, and this test; or run scripts/record {record}.",
        pytrace=False,
    )
