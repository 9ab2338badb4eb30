from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.cache import cache_page, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET


@login_required
@csrf_exempt
@require_GET
@never_cache
@cache_page(60)
async def right(request):
    return HttpResponse("Hello")
