from django.shortcuts import render


async def index(request):
    counter = request.scope["state"]["counter"]
    counter["visits"] += 1
    return render(request, "visits.html", counter)
