from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.auth.signals import user_logged_in

ROOMS = ["loyalty.admin", "members.admin", "rewards.admin", "campaigns.admin"]


class ConfigConfig(AppConfig):
    """The wiring itself: its commands load the demo shop."""

    name = "config"
    default = True

    def ready(self) -> None:
        # Shared tasks find their broker in every process, not only in the worker.
        from config import celery  # noqa: F401
        from config.staff import begin

        user_logged_in.connect(begin, dispatch_uid="staff")


class ConsoleConfig(SimpleAdminConfig):
    """Opens only our own rooms: what other packages register is not for marketers."""

    default_site = "config.console.ConsoleSite"

    def ready(self) -> None:
        super().ready()
        for room in ROOMS:
            import_module(room)
