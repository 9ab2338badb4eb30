"""Each view at the name of its file and its own: /queries/wrong gives the error, and /queries/right does not."""

from importlib import import_module

from django.urls import path

FILES = (
    "adapters", "apart", "cancelled", "decorated", "forgotten", "helpers", "kept", "locked", "login", "loops",
    "queries", "rewritten", "stacked", "started", "streams", "tasks", "transactions", "users", "visitors",
)  # fmt: skip

urlpatterns = [
    path(f"{file}/{name}", view)
    for file in FILES
    for name, view in vars(import_module(f"examples.errors_async.{file}")).items()
    if name.startswith(("wrong", "right"))
]
