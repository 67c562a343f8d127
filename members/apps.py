from django.apps import AppConfig


class MembersConfig(AppConfig):
    """People: identity, consent, activities, timeline."""

    name = "members"

    def ready(self) -> None:
        from members import subscribers  # noqa: F401  registers what listens
        from members.services import (
            belonging,  # noqa: F401  knows the programmes of members
            exported,
            history_stream,
            keepers,
        )
        from members.services.movers import register_movers
        from members.services.proof import register_checks
        from members.services.retention_kinds import register_kinds
        from members.services.segments import activity_sources, points_sources, profile_sources

        register_checks()
        register_movers()
        register_kinds()
        keepers.register()
        history_stream.register()
        exported.register()
        profile_sources.register()
        points_sources.register()
        activity_sources.register()
