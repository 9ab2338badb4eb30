"""Each test here holds a page's sentences against a record; its name says which, as test_load_... for docs/load.md."""

import traceback

import pytest

from pages.claims import ROOT


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Say which page and record disagree, and what to do."""
    record = getattr(pyfuncitem.module, "RECORD", None)
    try:
        return (yield)
    except (AssertionError, KeyError) as error:
        if not record:
            raise
        said = f"{error} is not recorded" if isinstance(error, KeyError) else str(error).splitlines()[0]
        at = next(at for at in traceback.extract_tb(error.__traceback__)[::-1] if at.filename == str(pyfuncitem.path))
    name = pyfuncitem.name.removeprefix("test_").replace("_", "-")
    page = max((path.stem for path in (ROOT / "docs").glob("*.md") if name.startswith(f"{path.stem}-")), key=len)
    pytest.fail(
        f"{pyfuncitem.location[0]}:{at.lineno}: evidence/{record}.json does not bear out docs/{page}.md. "
        f"The test says “{pyfuncitem.function.__doc__.splitlines()[0]}”, and found: {said}, in “{at.line}”. Correct the page, and this test; "
        f"or run scripts/record {record}; or take the record back with git checkout evidence/{record}.json.",
        pytrace=False,
    )
