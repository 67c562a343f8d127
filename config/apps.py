from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The wiring itself: its commands load the demo shop."""

    name = "config"

    def ready(self) -> None:
        pass  # so that shared tasks find their broker in every process
