"""docs/testing.md: its commands run the tests of examples/testing, and all pass."""

from measure.commands.reader import Reader


def test_the_commands_run_the_tests(installed_copy, processes):
    reader = Reader("testing.md", installed_copy, processes)
    for block in reader.blocks():
        reader.run(block)
