"""A worker that is killed leaves its job Running: put such jobs back into the queue."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

WORKERS = 3  # a job that so many have had may be what kills them


class Command(BaseCommand):
    help = "Put back the jobs that have been Running for more than some minutes."

    def add_arguments(self, parser):
        parser.add_argument("minutes", type=float)

    def handle(self, *, minutes, **options):
        if not minutes >= 0:
            raise CommandError("Give the minutes as a number from 0 on.")
        before = timezone.now() - timedelta(minutes=minutes)
        lost = DBTaskResult.objects.running().filter(started_at__lt=before)
        again = [job.pk for job in lost if len(job.worker_ids) < WORKERS]
        self.stdout.write(f"{lost.filter(pk__in=again).update(status='READY')} put back")
