"""Trying a rule on one member and one basket: what they would earn with it and without it, and why."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty.admin.refusals import told
from loyalty.admin.rule_pages import AboutRule, register_page
from loyalty.admin.scope import follow
from loyalty.errors import DomainError
from loyalty.models import Category, EarningRule, Location, Programme
from loyalty.services.drafts import book_with, book_without
from loyalty.services.earning import explained
from loyalty.services.known_keys import CHANNELS
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.types import Award, Outcome
from members.admin.drawn import Drawn
from members.admin.tiers import TierDeeds
from members.services.activities import preview_award
from members.types import ActivitySubmission, LineSubmission

FIRST_LINES = 2
MOST_LINES = 50
PURCHASE = "purchase"
ORDER = {
    Outcome.APPLIED: 0,
    Outcome.NEAR_MISS: 1,
    Outcome.LIMITED: 2,
    Outcome.LOST: 3,
    Outcome.NOT_MET: 4,
}


def _text(**attrs: str) -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs={"class": "max-w-56", **attrs})


def _one_of(label: Any, choices: Any) -> forms.ChoiceField:
    widget = UnfoldAdminSelectWidget(attrs={"class": "max-w-56"})
    return forms.ChoiceField(label=label, required=False, choices=choices, widget=widget)


class WhoForm(Drawn):
    """Who, and where."""

    member = forms.CharField(
        label=gettext_lazy("Card or e-mail address"),
        required=False,
        max_length=300,
        widget=_text(),
        help_text=gettext_lazy("Empty: what anybody would earn."),
    )
    channel = _one_of(gettext_lazy("Channel"), [("", "–"), *CHANNELS.items()])
    location = _one_of(gettext_lazy("Location"), [])

    def __init__(self, data: Any, programme: Programme, *, is_judged: bool) -> None:
        super().__init__(data, is_judged=is_judged)
        names = Location.objects.filter(programme=programme).order_by("name")
        known = [(name, name) for name in names.values_list("name", flat=True)]
        self.fields["location"].choices = [("", "–"), *known]  # type: ignore[attr-defined]

    @property
    def identifier(self) -> str:
        """As parse_identifier wants it: an address or a card."""
        said = str(self.cleaned_data["member"]).strip()
        if not said or ":" in said:
            return said
        return f"email:{said}" if "@" in said else f"card:{said.replace(' ', '')}"


class LineForm(Drawn):
    """One line of the basket; an empty one is none."""

    product = forms.CharField(
        label=gettext_lazy("Product"), required=False, max_length=100, widget=_text()
    )
    category = _one_of(gettext_lazy("Category"), [])
    quantity = forms.DecimalField(
        label=gettext_lazy("Number"),
        required=False,
        min_value=Decimal("0.001"),
        max_digits=9,
        decimal_places=3,
        localize=True,
        widget=_text(inputmode="decimal", size="5"),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Paid for it"),
        required=False,
        min_value=Decimal(0),
        max_digits=11,
        decimal_places=2,
        localize=True,
        widget=_text(inputmode="decimal", size="8"),
    )

    def __init__(self, data: Any, categories: Any, *, prefix: str, is_judged: bool) -> None:
        super().__init__(data, prefix=prefix, is_judged=is_judged)
        self.fields["category"].choices = categories  # type: ignore[attr-defined]

    def line(self) -> LineSubmission | None:
        """The line, if there is anything in it."""
        said = self.cleaned_data
        if said["amount"] is None:
            return None
        return LineSubmission(
            product=said["product"] or "–",
            category=said["category"],
            quantity=said["quantity"] or Decimal(1),
            amount=said["amount"],
        )


class Trial:
    """What was filled in, and what came of it."""

    def __init__(self, rule: EarningRule, sent: Any, *, deed: str) -> None:
        self.rule = rule
        self.book = current_rulebook(programme_id=rule.programme_id)
        is_judged = deed == "try"
        rows = Category.objects.filter(programme=rule.programme).order_by("name_nl")
        categories = [("", "–"), *((row.key, row.name) for row in rows)]
        self.who = WhoForm(sent, rule.programme, is_judged=is_judged)
        count = _lines_in(sent) + (deed == "add-line")
        self.lines = [
            LineForm(sent, categories, prefix=f"line-{place}", is_judged=is_judged)
            for place in range(min(count, MOST_LINES))
        ]
        self.problem = ""

    def outcomes(self) -> list[dict[str, Any]]:
        """What is earned without the rule and with it; nothing when the form is not right."""
        if not all([form.is_valid() for form in (self.who, *self.lines)]):  # noqa: C419 - judge all
            return []
        try:
            return [self._outcome(title, book) for title, book in self._books()]
        except DomainError as refusal:
            self.problem = told(refusal)
            return []

    def _books(self) -> list[tuple[str, Rulebook]]:
        """What is compared: a rule that is live as it is written against the rules without it."""
        rule, book = self.rule, self.book
        waits = rule.versions.filter(published_at=None).exists()
        if rule.state == EarningRule.State.LIVE and not waits:
            without = book_without(book=book, rule_id=rule.pk)
            return [(_("Without this rule"), without), (_("As it is now"), book)]
        drafted = book_with(book=book, rule_id=rule.pk)
        return [(_("As it is now"), book), (_("With this draft"), drafted)]

    def _outcome(self, title: str, book: Rulebook) -> dict[str, Any]:
        award = preview_award(book=book, submission=self._submission(), at=timezone.now())
        return {"title": title, "award": award, "reasons": _reasons(book, award)}

    def _submission(self) -> ActivitySubmission:
        said = self.who.cleaned_data
        lines = [line for form in self.lines if (line := form.line())]
        trigger = _trigger(self.rule)
        return ActivitySubmission(
            type=trigger,
            member=self.who.identifier,
            external_id="try",
            occurred_at=timezone.now(),
            channel=said["channel"],
            location=said["location"],
            lines=tuple(lines),
            amount=None if lines else Decimal(0),
        )


def _lines_in(sent: Any) -> int:
    said = sent.get("lines", "")
    return int(said) if said.isdigit() and len(said) <= len(str(MOST_LINES)) else FIRST_LINES


def _trigger(rule: EarningRule) -> str:
    version = rule.versions.order_by("-number").first()
    return str(version.document["trigger"]) if version else PURCHASE


def _reasons(book: Rulebook, award: Award) -> list[dict[str, Any]]:
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    told_ = [
        {
            "reason": reason,
            "name": reason.name.get(language) or reason.rule,
            "text": explained(book, reason, is_ahead=True)[language],
        }
        for reason in award.reasons
    ]
    return sorted(told_, key=lambda each: ORDER.get(each["reason"].outcome, len(ORDER)))


class TryRule(TierDeeds):
    """The page, for who may see both members and rules."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_rule)
        return [path("try/<int:rule_id>/", view, name="members_member_try"), *super().get_urls()]

    def try_rule(self, request: HttpRequest, rule_id: int) -> HttpResponse:
        """Fill in who and what; read what it would earn."""
        if not request.user.has_perms(["members.view_member", "loyalty.view_earningrule"]):
            raise PermissionDenied
        rule = EarningRule.objects.select_related("programme").filter(pk=rule_id).first()
        if rule is None:
            raise Http404
        follow(request, rule.programme_id)
        sent: Any = request.POST if request.method == "POST" else MultiValueDict()
        deed = sent.get("deed", "")
        trial = Trial(rule, sent, deed=deed)
        context = {
            **self.admin_site.get_model_admin(EarningRule).frame(request, rule),
            "tab": "try",
            "trial": trial,
            "is_purchase": _trigger(rule) == PURCHASE,
            "outcomes": trial.outcomes() if deed == "try" else [],
        }
        return TemplateResponse(request, "admin/members/try_rule.html", context)


register_page(
    AboutRule(
        key="try",
        title=gettext_lazy("Try it"),
        address=lambda rule: reverse("admin:members_member_try", args=[rule.pk]),
        permission="members.view_member",
        place=30,
    )
)
