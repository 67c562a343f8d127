"""What is done with batches of codes: made or uploaded, taken out as a file, withdrawn."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.admin.fields import DayInput, unused_key, whole
from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.models import Programme
from loyalty.templatetags.figures import number
from members.admin.deeds import done_by_form
from rewards.admin.fields import PeriodForm, a_choice, a_name
from rewards.admin.pools import LARGEST_FILE, rows_in
from rewards.codes import LONGEST
from rewards.models import Reward, VoucherBatch
from rewards.services import batches
from rewards.services.batches import MOST_TOLD
from rewards.services.uploaded_codes import SHORTEST, Wrong, WrongRow, read_codes

MAKES = "rewards.add_voucherbatch"
WITHDRAWS = "rewards.change_voucherbatch"
TAKES_OUT = "rewards.download_codes"


class BatchForm(PeriodForm):
    """For what, how many or which, and how often each is good."""

    use_required_attribute = False

    name_nl = a_name(gettext_lazy("Name in Dutch"))
    name_en = a_name(gettext_lazy("Name in English"))
    reward = a_choice(gettext_lazy("Reward"))
    wanted = forms.IntegerField(
        label=gettext_lazy("How many codes"),
        required=False,
        min_value=1,
        max_value=batches.MOST,
        widget=whole(),
        help_text=gettext_lazy("We make them. Or upload codes that you have."),
    )
    file = forms.FileField(
        label=gettext_lazy("Codes of your own"),
        required=False,
        help_text=gettext_lazy("Text or CSV, a code on each line."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/plain,text/csv"}),
    )
    max_uses = forms.IntegerField(
        label=gettext_lazy("Each is good so many times"),
        required=False,
        min_value=1,
        initial=1,
        widget=whole(),
        help_text=gettext_lazy("Empty: as often as people like."),
    )
    limit_per_member = forms.IntegerField(
        label=gettext_lazy("At most per member"), required=False, min_value=1, widget=whole()
    )
    starts_on = forms.DateField(label=gettext_lazy("First day"), widget=DayInput())
    ends_on = forms.DateField(label=gettext_lazy("Last day"), widget=DayInput())

    def __init__(self, programme: Programme, data: Any, files: Any) -> None:
        super().__init__(data, files)
        self.programme = programme
        rewards = Reward.objects.filter(programme=programme).exclude(state="STOPPED")
        self.offer("reward", [(each.pk, str(each)) for each in rewards.order_by("name_nl")])

    codes: list[str] | None = None

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file:
            return file
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is too large: at most 10 MB."))
        try:
            rows = rows_in(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as wrong:
            raise forms.ValidationError(_("This is no file of text.")) from wrong
        codes, wrong_rows = read_codes(rows)
        if wrong_rows:
            raise forms.ValidationError(_told(wrong_rows))
        if not codes:
            raise forms.ValidationError(_("There are no codes in it."))
        if len(codes) > batches.MOST_UPLOADED:
            most = number(batches.MOST_UPLOADED)
            raise forms.ValidationError(_("At most %s codes at once.") % most)
        self.codes = list(codes.values())
        return file

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if not self.errors and bool(said.get("wanted")) == bool(self.codes):
            self.add_error("wanted", _("Say how many, or upload a file: one of the two."))
        return said


def _told(wrong: list[WrongRow]) -> list[str]:
    """Which rows of the file are wrong and why, the first twenty; a code is shown to nobody."""
    said = {
        Wrong.NO_CODE: _("Row %(row)s is not a code: those have %(least)s to %(most)s signs."),
        Wrong.TWICE: _("Row %(row)s is there twice."),
        Wrong.TAKEN: _("Row %(row)s is in use already."),
    }
    lengths = {"least": SHORTEST, "most": LONGEST}
    rows = [said[why] % {"row": number(row), **lengths} for row, why in wrong[:MOST_TOLD]]
    more = len(wrong) - MOST_TOLD
    if more > 0:
        rows.append(_("And %s more.") % number(more))
    return [_("Nothing was added."), *rows]


class BatchDeeds(ReadOnlyAdmin):
    """The deeds; each for who has its right."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAKES)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        one = "<int:batch_id>"
        return [
            path(f"{one}/codes/", view(self.codes), name="rewards_voucherbatch_codes"),
            path(f"{one}/withdraw/", view(self.withdraw), name="rewards_voucherbatch_withdraw"),
            *urls,
        ]

    def deeds(self, request: HttpRequest, batch: VoucherBatch) -> list[tuple[str, Any]]:
        """The ways to what this colleague may do now."""
        of, found = [batch.pk], []
        if request.user.has_perm(TAKES_OUT) and batch.state == VoucherBatch.State.READY:
            found.append((reverse("admin:rewards_voucherbatch_codes", args=of), _("The codes")))
        if request.user.has_perm(WITHDRAWS) and batch.state != VoucherBatch.State.WITHDRAWN:
            found.append((reverse("admin:rewards_voucherbatch_withdraw", args=of), _("Withdraw")))
        return found

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Codes that we make, or that were made elsewhere; the first thousand at once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        programme = self.programme(request)
        form = BatchForm(programme, request.POST or None, request.FILES or None)
        made: list[VoucherBatch] = []

        def deed(said: dict[str, Any]) -> str:
            made.append(self._made(request, form, said))
            return _("Made: “%s”.") % made[0]

        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "original": "",
            "title": _("New codes"),
            "sentences": [_("Nobody pays points for them: whoever has a code can hand it in.")],
            "button": _("Make them"),
            "page": reverse("admin:rewards_voucherbatch_changelist"),
            "template": "admin/rewards/upload.html",
        }
        return done_by_form(
            request, form, deed=deed, context=context, after=lambda: self.page_of(made[0].pk)
        )

    def _made(self, request: HttpRequest, form: BatchForm, said: dict[str, Any]) -> VoucherBatch:
        now = timezone.now()
        taken = VoucherBatch.objects.filter(programme=form.programme).values_list("key", flat=True)
        asked: dict[str, Any] = {
            "reward_id": int(said["reward"]),
            "key": unused_key(said["name_en"], set(taken), otherwise="batch"),
            "names": {"nl": said["name_nl"], "en": said["name_en"]},
            "valid_from": form.starts_at(),
            "valid_until": form.ends_at(),
            "max_uses": said["max_uses"],
            "limit_per_member": said["limit_per_member"],
            "actor": actor_of(request),
            "at": now,
        }
        if form.codes:
            return batches.upload_codes(codes=form.codes, **asked)
        batch = batches.make_batch(wanted=said["wanted"], **asked)
        batches.make_codes(batch_id=batch.pk, at=now)
        return batch

    def codes(self, request: HttpRequest, batch_id: int) -> HttpResponseBase:
        """A file with the codes, made by POST; that it was made stands in the history."""
        if not request.user.has_perm(TAKES_OUT):
            raise PermissionDenied
        batch: VoucherBatch = self.visible(request, str(batch_id))
        if request.method != "POST":
            return self.ask(
                request,
                batch,
                title=_("Take out the codes of “%s”?") % batch,
                sentences=[_("Whoever has the file can use them. That you made it is noted.")],
                button=_("Make the file"),
                deed=str,
            )
        self.log_change(request, batch, _("Codes taken out"))
        answer = StreamingHttpResponse(_lines(batch.pk), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="codes-{batch.key}.csv"'
        answer["Cache-Control"] = "no-store"
        return answer

    def withdraw(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Its forecast, and then none of its codes is taken in any more."""
        if not request.user.has_perm(WITHDRAWS):
            raise PermissionDenied
        batch: VoucherBatch = self.visible(request, str(batch_id))
        left = batch.vouchers.filter(state="ISSUED").count()

        def deed() -> str:
            batches.withdraw_batch(batch_id=batch.pk, actor=actor_of(request), at=timezone.now())
            return str(_("Withdrawn: “%s”.") % batch)

        return self.ask(
            request,
            batch,
            title=_("Withdraw “%s”?") % batch,
            sentences=[
                _("%s of its codes could still be used; none of them can from then on.")
                % number(left),
                _("What was used stays used. It cannot be undone."),
            ],
            button=_("Withdraw"),
            deed=deed,
            danger=True,
        )


def _lines(batch_id: int) -> Iterator[str]:
    yield "code\r\n"
    for code in batches.codes_in(batch_id):
        yield f"{code}\r\n"
