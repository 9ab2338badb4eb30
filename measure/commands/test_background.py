"""docs/background.md: its commands make the tables, and start the server and a worker, which does a job."""

import httpx

from measure.commands.reader import Reader
from tests.shared.running import until


def test_the_commands_start_a_server_and_a_worker(installed_copy, processes, free_port):
    replacements = {"--port 8005": f"--port {free_port}"}
    reader = Reader("background.md", installed_copy, processes, replacements)
    for block in reader.blocks():
        reader.run(block)
    url, token = f"http://127.0.0.1:{free_port}", "a" * 32
    headers = {"Cookie": f"csrftoken={token}", "X-CSRFToken": token}
    httpx.post(f"{url}/start/", data={"numbers": "1 2"}, headers=headers)
    assert until(lambda: "= 3.0" in httpx.get(f"{url}/list/").text, 20)
