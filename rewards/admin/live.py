"""What is drafted, published and stopped: the page's state, and the deeds that change it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.enums import ActionVariant

from loyalty.admin.pages import ConsoleAdmin, actor_of

STATES = {
    "DRAFT": gettext_lazy("Draft"),
    "LIVE": gettext_lazy("Live"),
    "STOPPED": gettext_lazy("Stopped"),
}
COLOURS = {"DRAFT": "warning", "LIVE": "success", "STOPPED": "default"}


class LiveAdmin(ConsoleAdmin):
    """Publish what is not live, stop what is; each asks first and says what will happen."""

    actions_detail = ["publish", "stop"]
    publishing: Callable[..., Any]
    stopping: Callable[..., Any]
    id_name = ""  # of the thing, as its services call it

    def sentences_of(self, thing: Any) -> list[str]:
        """What it says of itself."""
        raise NotImplementedError

    def live_means(self, thing: Any) -> str:
        """What happens from when it is published."""
        raise NotImplementedError

    def stopped_means(self, thing: Any) -> str:
        """What happens from when it is stopped."""
        raise NotImplementedError

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        thing = self.get_object(request, str(object_id))
        offered = "stop" if thing is not None and thing.state == "LIVE" else "publish"
        actions = super().get_actions_detail(request, object_id)
        return [a for a in actions if a.method.original_function_name == offered]

    @action(
        description=gettext_lazy("Publish"),
        permissions=["change"],
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        thing = self.visible(request, object_id)

        def deed() -> str:
            type(self).publishing(**self._of(request, thing))
            return str(_("Live from now on: %s") % thing)

        return self.ask(
            request,
            thing,
            title=_("Publish “%s”?") % thing,
            sentences=[*self.sentences_of(thing)[:1], self.live_means(thing)],
            button=_("Publish"),
            deed=deed,
        )

    @action(
        description=gettext_lazy("Stop"),
        permissions=["change"],
        icon="stop",
        variant=ActionVariant.DANGER,
    )
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        thing = self.visible(request, object_id)

        def deed() -> str:
            type(self).stopping(**self._of(request, thing))
            return str(_("Stopped: “%s”.") % thing)

        return self.ask(
            request,
            thing,
            title=_("Stop “%s”?") % thing,
            sentences=[*self.sentences_of(thing)[:1], self.stopped_means(thing)],
            button=_("Stop"),
            deed=deed,
            danger=True,
        )

    def _of(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        return {
            "programme_id": thing.programme_id,
            self.id_name: thing.pk,
            "actor": actor_of(request),
            "at": timezone.now(),
        }
