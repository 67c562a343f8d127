"""What who may does about a redemption."""

from typing import Any

from django.http import HttpRequest

from loyalty.admin.pages import ReadOnlyAdmin
from rewards.models import Redemption


class RedemptionDeeds(ReadOnlyAdmin):
    """The deeds that a redemption's page offers."""

    def deeds(self, request: HttpRequest, redemption: Redemption) -> list[tuple[str, Any]]:
        """The ways to what this colleague may do now."""
        return []
