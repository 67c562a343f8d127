"""What who may does about a redemption."""

from typing import Any

from django.http import HttpRequest

from rewards.admin.insight import InsightPage
from rewards.models import Redemption


class RedemptionDeeds(InsightPage):
    """The deeds that a redemption's page offers."""

    def deeds(self, request: HttpRequest, redemption: Redemption) -> list[tuple[str, Any]]:
        """The ways to what this colleague may do now."""
        return []
