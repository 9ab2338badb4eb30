"""A worker that is killed leaves its job Running: put such jobs back into the queue."""

from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone
from django_tasks_db.models import DBTaskResult


class Command(BaseCommand):
    help = "Put back the jobs that have been Running for more than some minutes."

    def add_arguments(self, parser):
        parser.add_argument("minutes", type=float)

    def handle(self, *, minutes, **options):
        before = timezone.now() - timedelta(minutes=minutes)
        lost = DBTaskResult.objects.running().filter(started_at__lt=before)
        self.stdout.write(f"{lost.update(status='READY')} put back")
