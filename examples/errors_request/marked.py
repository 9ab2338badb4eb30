"""The project's application, with a header on each response."""

from oms.asgi import application as project


async def application(scope, receive, send):
    async def marked(event):
        if event["type"] == "http.response.start":
            event["headers"].append((b"x-marked", b"yes"))
        await send(event)

    await project(scope, receive, marked)
