"""Code that runs when the server starts, and when it stops."""

import traceback


def with_lifespan(application, resources):
    """Open resources into the state at the start, and close them at the stop."""

    async def wrapped(scope, receive, send):
        if scope["type"] != "lifespan":
            return await application(scope, receive, send)

        await receive()  # lifespan.startup
        failed = "lifespan.startup.failed"
        try:
            async with resources() as state:
                scope["state"].update(state)
                await send({"type": "lifespan.startup.complete"})
                await receive()  # lifespan.shutdown, when the server stops
                failed = "lifespan.shutdown.failed"
        except Exception:
            await send({"type": failed, "message": traceback.format_exc()})
        else:
            await send({"type": "lifespan.shutdown.complete"})

    return wrapped
