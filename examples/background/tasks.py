"""The work: functions that a worker runs."""

import math
import time

try:
    from django.tasks import task
except ImportError:  # before Django 6.0
    from django_tasks import task


@task
def add_up(numbers):
    """Add up numbers, one a second: it stands for work that is slow and may fail."""
    time.sleep(len(numbers))
    return math.fsum(numbers)
