"""Test async views."""

from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User
from django.test import AsyncRequestFactory, TestCase

from examples.testing.views import hello


class HelloTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ben = User.objects.create(username="ben")

    async def test_visitor(self):
        response = await self.async_client.get("/hello/", headers={"accept-language": "de"})
        self.assertContains(response, "Hallo, visitor.")

    async def test_user(self):
        await self.async_client.aforce_login(self.ben)
        response = await self.async_client.get("/hello/")
        self.assertContains(response, "Hello, ben.")

    async def test_new_user(self):
        await User.objects.acreate(username="ann")
        self.assertEqual(await User.objects.acount(), 2)

    async def test_another_new_user(self):
        await User.objects.acreate(username="eve")
        self.assertEqual(await User.objects.acount(), 2)

    def test_queries(self):
        async_to_sync(self.async_client.aforce_login)(self.ben)
        with self.assertNumQueries(2):  # for the session, and for the user
            async_to_sync(self.async_client.get)("/hello/")

    async def test_view_alone(self):
        async def auser():
            return AnonymousUser()

        request = AsyncRequestFactory().get("/hello/")
        request.auser = auser
        self.assertContains(await hello(request), "Hello, visitor.")
