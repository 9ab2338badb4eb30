"""The dashboard, its stream, and a page that does without a stream."""

from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from examples.dashboard.figures import measure
from examples.dashboard.producer import Producer

producer = Producer(measure)


def dashboard(request):
    return render(request, "dashboard.html")


@require_GET
async def figures(request):
    """Stream the figures to one viewer, until it goes away."""
    return StreamingHttpResponse(
        producer.stream(),
        content_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},  # or nginx holds the figures back
    )


def simple(request):
    return render(request, "simple.html", {"figures": measure()})
