from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse
from django.views import View


class Hello(View):
    async def get(self, request):
        return HttpResponse("Hello")


class HelloToUsers(LoginRequiredMixin, Hello):
    pass


wrong = HelloToUsers.as_view()
right = login_required(Hello.as_view())
