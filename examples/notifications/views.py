from django.forms import modelform_factory
from django.http import HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import redirect, render

from .feed import feed
from .models import Notification, notify

NotificationForm = modelform_factory(Notification, fields=["text"])


def page(request):
    """Show the newest notifications, or take another one."""
    form = NotificationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        notify(form.cleaned_data["text"])
        return redirect("page")
    newest = Notification.objects.order_by("-id")[:20]
    return render(request, "page.html", {"form": form, "newest": newest})


async def stream(request):
    """Send what is newer than what the browser has, and then what comes."""
    try:
        last_id = int(request.headers.get("Last-Event-ID") or request.GET["after"])
    except (KeyError, ValueError):
        return HttpResponseBadRequest("Say after which notification.")
    return StreamingHttpResponse(
        feed.follow(last_id),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
