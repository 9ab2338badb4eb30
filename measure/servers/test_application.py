"""What each server passes to the application and the views: a test a row of the table, a real process a cell."""

import httpx


def test_lifespan(server, cell):
    """The application is told of the start and the stop (lifespan): by one that handles it."""
    running = server.run(application="examples.websocket.asgi:application", fresh=True)
    httpx.get(f"{running.url}/small").raise_for_status()
    said = running.stop()
    cell("yes" if "started" in said and "shutdown" in said else "no")


def test_stream_of_an_async_view(server, cell, tmp_path):
    """A stream of an async view arrives piece by piece: the first piece arrives before the view makes the second."""
    seen = tmp_path / "seen"
    with httpx.stream("GET", f"{server.run().url}/stream", params={"seen": str(seen)}, timeout=20) as answer:
        pieces = answer.iter_lines()
        assert next(pieces) == "first"
        seen.touch()
        cell("yes" if next(pieces) == "seen" else "no")


def test_client_disconnect(server, cell):
    """An async view that waits is cancelled when its client goes away: it prints which it was."""
    running = server.run(fresh=True)
    with running.client() as client:
        client.sendall(b"GET /async-wait?seconds=3 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert running.says("waiting")
    cell("yes" if running.says("cancelled|waited")[0] == "cancelled" else "no")


def test_upload_is_not_kept_in_memory(server, cell):
    """An upload of 64 MB takes less than 32 MB of memory: by how much the most of the server's has grown."""
    running = server.run(fresh=True)
    httpx.get(f"{running.url}/small").raise_for_status()
    before, megabytes = running.most_memory(), 64
    pieces = (b"x" * 1_000_000 for _ in range(megabytes))
    headers = {"Content-Length": str(megabytes * 1_000_000)}
    answer = httpx.post(f"{running.url}/upload", content=pieces, headers=headers, timeout=60)
    assert answer.text == headers["Content-Length"]
    cell("yes" if running.most_memory() - before < megabytes * 500_000 else "no")


def test_root_path(server, cell):
    """Served below /shop, with the server's option: which address leads to the view, if Django then makes addresses below /shop."""
    running = server.run("root path")
    works = []
    for address in ("/small", "/shop/small"):
        answer = httpx.get(running.url + address)
        if answer.status_code == 200 and answer.json()["address"] == "/shop/small":
            works.append(address)
    cell(" ".join(works) or "no")


def test_forwarded_headers(server, cell):
    """What Django learns from the forwarded headers of a proxy on the same machine: the client's address, the scheme."""
    headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    said = httpx.get(f"{server.run('forwarded').url}/small", headers=headers).json()
    took = [what for what, value in (("client", "203.0.113.7"), ("scheme", "https")) if said[what] == value]
    cell(", ".join(took) or "no")
