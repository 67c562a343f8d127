from django.apps import AppConfig


class MembersConfig(AppConfig):
    """People: identity, consent, activities, timeline."""

    name = "members"

    def ready(self) -> None:
        from members import subscribers  # noqa: F401  registers what listens
        from members.services import history_stream
        from members.services.proof import register_checks

        register_checks()
        history_stream.register()
