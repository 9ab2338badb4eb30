"""The models of the app; it has none."""

from examples.steps.show import show

show("models")
