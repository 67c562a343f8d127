"""The application with one address more, that does nothing for who has a key: `/bench/empty`."""

from config.wsgi import application

__all__ = ["application"]


def _add() -> None:
    # Only now are the settings there that the framework asks for when it is imported.
    from django.urls import path
    from rest_framework.request import Request
    from rest_framework.response import Response
    from rest_framework.views import APIView

    from config.urls import urlpatterns

    class Empty(APIView):
        """What every authenticated request costs."""

        scopes = {"POST": "vouchers:use"}

        def post(self, _request: Request) -> Response:
            return Response({})

    urlpatterns.insert(0, path("bench/empty", Empty.as_view()))


_add()
