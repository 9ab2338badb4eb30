"""The page of jobs, its list alone, and the two ways to start a job."""

from django.urls import path

from examples.background import in_process, views

urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("list/", views.jobs, {"template": "job_list.html"}, name="job-list"),
    path("start/", views.start, name="start"),
    path("in-process/", in_process.start, name="in-process"),
]
