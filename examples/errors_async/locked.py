import time

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse


@transaction.atomic
def wrong(request):
    users = User.objects.count()
    print("read", flush=True)
    time.sleep(1)
    User.objects.update(first_name=f"One of {users}")
    return HttpResponse("renamed")
