"""The pages of the chat: one to say who comes to which room, and one for each room."""

from django import forms
from django.shortcuts import redirect, render
from django.urls import reverse

from examples.chat.messages import NAME

ROOMS = "The name of a room has letters of English, digits, - and _."


class Entrance(forms.Form):
    name = forms.CharField(label="Your name", max_length=NAME)
    room = forms.SlugField(label="Room", max_length=40, error_messages={"invalid": ROOMS})


def rooms(request):
    """Keep the visitor's name in the session, and go to the room."""
    asked = {"name": request.session.get("name"), "room": request.GET.get("room", "garden")}
    form = Entrance(request.POST or None, initial=asked)
    if form.is_valid():
        request.session["name"] = form.cleaned_data["name"]
        return redirect("room", form.cleaned_data["room"].lower())
    return render(request, "rooms.html", {"form": form})


def room(request, room):
    """Show a room, to those who have a name."""
    if name := request.session.get("name"):
        return render(request, "room.html", {"name": name, "room": room})
    return redirect(f"{reverse('rooms')}?room={room}")
