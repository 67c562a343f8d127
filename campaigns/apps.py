from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Who is told or offered what, and when; and the gate by which every app's messages leave."""

    name = "campaigns"

    def ready(self) -> None:
        from anymail.signals import tracking

        from campaigns import subscribers  # noqa: F401  registers what listens
        from campaigns.services import exported, keeping, segment_attributes, till_offers
        from campaigns.services.movers import register_movers
        from campaigns.services.proof import register_checks
        from campaigns.services.service_messages import ServiceGate
        from campaigns.views.provider import hear
        from members.services.outgoing import register_gate

        tracking.connect(hear, dispatch_uid="campaigns.provider")
        till_offers.register()
        segment_attributes.register()
        register_movers()
        register_checks()
        keeping.register()
        exported.register()
        register_gate(ServiceGate())
