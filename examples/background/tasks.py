"""The work: functions that a worker runs."""

import time

try:
    from django.tasks import task
except ImportError:  # before Django 6.0
    from django_tasks import task


@task
def add_up(numbers):
    """Add up numbers, one a second: it stands for work that is slow and may fail."""
    total = 0
    for number in numbers:
        time.sleep(1)
        total += float(number)
    return total
