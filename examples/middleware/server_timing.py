"""A middleware for any ASGI application."""

import time


def server_timing(application):
    """Say in each response how long the application took to begin it."""

    async def timed(scope, receive, send):
        if scope["type"] != "http":
            return await application(scope, receive, send)

        async def send_timed(event):
            if event["type"] == "http.response.start":
                milliseconds = 1000 * (time.perf_counter() - began)
                header = (b"server-timing", b"app;dur=%.1f" % milliseconds)
                headers = [*event.get("headers", []), header]
                event = {**event, "headers": headers}
            await send(event)

        began = time.perf_counter()
        await application(scope, receive, send_timed)

    return timed
