"""The configuration of the app. It listens to the signals of requests."""

from django.apps import AppConfig
from django.core.signals import request_finished, request_started

from examples.steps.show import show

show("app")


class StepsConfig(AppConfig):
    name = "examples.steps"

    def ready(self):
        show("ready()")
        request_started.connect(self.started)
        request_finished.connect(self.finished)

    def started(self, **_):
        show("request_started")

    def finished(self, **_):
        show("request_finished")
