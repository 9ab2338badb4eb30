"""A page that starts jobs, and shows what has become of the latest."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from django_tasks_db.models import DBTaskResult

from examples.background.tasks import add_up


@require_POST
def start(request):
    add_up.enqueue(request.POST.get("numbers", "").split())
    return redirect("jobs")


def jobs(request, template="jobs.html"):
    latest = DBTaskResult.objects.order_by("-enqueued_at")[:10]
    return render(request, template, {"jobs": latest})
