"""What stands beside Django: WebSockets, lifespan, and header names in lower case."""

from oms.asgi import application as django


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await echo(receive, send)
    elif scope["type"] == "lifespan":
        await lifespan(receive, send)
    else:
        await django(scope, receive, send)


async def echo(receive, send):
    """Accept a WebSocket and send each message back."""
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "websocket.send", "text": event["text"]})


async def lifespan(receive, send):
    """Print when the server starts the application and when it stops it."""
    while (kind := (await receive())["type"]) == "lifespan.startup":
        print("started", flush=True)
        await send({"type": "lifespan.startup.complete"})
    print(kind.removeprefix("lifespan."), flush=True)
    await send({"type": "lifespan.shutdown.complete"})


async def lower_case(scope, receive, send):
    """Write the names of Django's headers in lower case, as HTTP/2 and HTTP/3 want them."""

    async def lowered(event):
        if event["type"] == "http.response.start":
            event["headers"] = [(name.lower(), value) for name, value in event["headers"]]
        await send(event)

    await django(scope, receive, lowered)
