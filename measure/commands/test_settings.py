"""docs/settings.md: its commands print the settings module that is in force."""

from measure.commands.reader import Reader


def test_the_commands_print_the_module_in_force(installed_copy, processes):
    reader = Reader("settings.md", installed_copy, processes)
    for block in reader.blocks():
        reader.run(block)
