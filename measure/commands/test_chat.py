"""docs/chat.md: its commands start the chat, alone and with Redis."""

import httpx

from measure.commands.reader import Reader
from tests.shared.running import REDIS


def test_the_commands_start_the_chat_alone_and_with_redis(installed_copy, start, processes, free_ports, monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)  # other tests set it for their process
    alone, with_redis = free_ports
    port = start(REDIS).port
    replacements = {
        "--port 8001": f"--port {alone}",
        "--port 8002": f"--port {with_redis}",
        "127.0.0.1:6379": f"127.0.0.1:{port}",
    }
    reader = Reader("chat.md", installed_copy, processes, replacements)
    for block in reader.blocks():
        reader.run(block)
    for port in free_ports:
        assert httpx.get(f"http://127.0.0.1:{port}/rooms/garden/").status_code == 200
