from django.urls import path

from loyalty.api.v1.events import Events

urlpatterns = [
    path("events", Events.as_view(), name="events"),
]
