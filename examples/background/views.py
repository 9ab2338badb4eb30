"""A page that starts jobs, and shows what has become of the latest."""

from django.shortcuts import redirect, render
from django_tasks_db.models import DBTaskResult

from examples.background.forms import NumbersForm
from examples.background.tasks import add_up


def start(request):
    form = NumbersForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and DBTaskResult.objects.ready().count() >= 1000:
        form.add_error(None, "Too many jobs are waiting. Try again later.")
    if not form.is_valid():
        return jobs(request, form=form)
    add_up.enqueue(form.cleaned_data["numbers"])
    return redirect("jobs")


def jobs(request, template="jobs.html", form=None):
    latest = DBTaskResult.objects.order_by("-enqueued_at")[:10]
    return render(request, template, {"form": form or NumbersForm(), "jobs": latest})
