from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Who is told or offered what, and when: the messages, offers and experiments to come."""

    name = "campaigns"
