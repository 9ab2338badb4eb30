"""The pages of the chat: one to choose a room, and one for each room."""

from django.shortcuts import redirect, render
from django.utils.text import slugify


def rooms(request):
    """Go to the room that is asked for, or let the visitor choose one."""
    asked = request.GET.get("room", "")
    if name := slugify(asked)[:40]:
        return redirect("room", name)
    some = ["garden", "kitchen", "workshop"]
    return render(request, "rooms.html", {"asked": asked, "rooms": some})


def room(request, room):
    return render(request, "room.html", {"room": room})
