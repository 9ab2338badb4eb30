"""The smallest applications: what a server costs without Django."""


async def application(scope, receive, send):
    """Answer every request of a server over ASGI with two bytes."""
    assert scope["type"] == "http"  # as Django, it has no lifespan
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def wsgi(environ, start_response):
    """Answer every request of a server over WSGI with two bytes."""
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
