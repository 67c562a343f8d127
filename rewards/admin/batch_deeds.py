"""What is done with a batch of codes."""

from typing import Any

from django.http import HttpRequest

from loyalty.admin.pages import ReadOnlyAdmin
from rewards.models import VoucherBatch


class BatchDeeds(ReadOnlyAdmin):
    """The deeds that a batch's page offers."""

    def deeds(self, request: HttpRequest, batch: VoucherBatch) -> list[tuple[str, Any]]:
        """The ways to what this colleague may do now."""
        return []
