"""docs/threads.md: its commands start the server, and ask two views where they run."""

from measure.commands.reader import Reader


def test_the_commands_show_the_threads(installed_copy, processes, free_port):
    replacements = {"127.0.0.1:8011": f"127.0.0.1:{free_port}", "--port 8011": f"--port {free_port}"}
    reader = Reader("threads.md", installed_copy, processes, replacements)
    for block in reader.blocks():
        reader.run(block)
