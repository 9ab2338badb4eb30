"""The configuration of the app. It listens to the signals of requests."""

from django.apps import AppConfig
from django.core.signals import request_finished, request_started

print("app")


class StepsConfig(AppConfig):
    name = "examples.steps"

    def ready(self):
        print("ready()")
        request_started.connect(self.started)
        request_finished.connect(self.finished)

    def started(self, **_):
        print("request_started")

    def finished(self, **_):
        print("request_finished")
