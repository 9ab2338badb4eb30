"""docs/chat.md: its commands start the chat, in plain ASGI, with Channels, and with Redis."""

import httpx

from measure.commands.reader import Reader
from tests.shared.running import REDIS, free_port


def test_the_commands_start_the_chat_in_three_ways(installed_copy, start, processes, monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)  # other tests set it for their process
    ports = {port: free_port() for port in (8007, 8001, 8002)}
    replacements = {f"--port {port}": f"--port {free}" for port, free in ports.items()}
    replacements["127.0.0.1:6379"] = f"127.0.0.1:{start(REDIS).port}"
    reader = Reader("chat.md", installed_copy, processes, replacements)
    for block in reader.blocks():
        reader.run(block)
    for port in ports.values():
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 200
