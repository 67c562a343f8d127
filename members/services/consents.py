"""What members agree to, kept as receipts that are added and never changed.

Whoever sends or profiles asks `may`, at the moment of use and not before: there is no other place
where it is known whether somebody agreed.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When

from loyalty.errors import InvalidRequest
from loyalty.events import publish
from members.errors import ConsentTextUnknown, MemberUnknown
from members.events import ConsentChanged
from members.models import Consent, Member, Preference, Purpose
from members.services.consent_texts import versions_known

ANY = Consent.Channel.ANY

# --- May we? -----------------------------------------------------------------------------------


def may(*, member_id: UUID, purpose: str, channel: str = ANY) -> bool:
    """Whether the member agrees to this purpose by this channel now.

    Their last word counts, of those about the channel and those about all channels; of two at the
    same moment the one about the channel. Who said nothing did not agree.
    """
    return bool(may_each(member_ids=[member_id], purpose=purpose, channel=channel))


def may_each(*, member_ids: Iterable[UUID], purpose: str, channel: str = ANY) -> set[UUID]:
    """Those of the members of whom `may` is true; one query."""
    agreed = agreeing(purpose=purpose, channel=channel, member_ids=member_ids)
    return set(agreed.values_list("member_id", flat=True))


def agreeing(
    *, purpose: str, channel: str = ANY, member_ids: Iterable[UUID] | None = None
) -> QuerySet[Consent]:
    """The receipts by which members agree now, one each: a set to filter by (`member_id`)."""
    said = Consent.objects.filter(purpose=purpose, channel__in={channel, ANY})
    if member_ids is not None:
        said = said.filter(member_id__in=list(member_ids))
    exact = Case(When(channel=channel, then=1), default=Value(0), output_field=IntegerField())
    last = said.order_by("member_id", "-recorded_at", exact.desc(), "-pk").distinct("member_id")
    return Consent.objects.filter(pk__in=last.values("pk"), is_given=True)


# --- Yes and no --------------------------------------------------------------------------------


@transaction.atomic
def record_consent(
    *,
    member_id: UUID,
    purpose: str,
    channel: str,
    is_given: bool,
    text_version: str,
    touchpoint: str,
    actor: str,
    at: datetime,
) -> Consent:
    """Keep a receipt of what the member agreed to or withdrew; the last one counts.

    Withdrawing is never refused for its words: without known ones it is noted under those that
    were agreed to. Who withdraws the choosing loses what was concluded by it, at once. Raises
    MemberUnknown, InvalidRequest for a purpose or channel that we do not know, and
    ConsentTextUnknown for words that were never published, once any were.
    """
    if purpose not in Purpose.values:
        raise InvalidRequest("We do not know this purpose.", field="purpose")
    if channel not in Consent.Channel.values:
        raise InvalidRequest("We do not know this channel.", field="channel")
    if not Member.objects.select_for_update().filter(pk=member_id).exists():
        raise MemberUnknown("There is no such member.")
    consent = Consent.objects.create(
        member_id=member_id,
        purpose=purpose,
        channel=channel,
        is_given=is_given,
        text_version=_version(member_id, purpose, text_version, is_given=is_given),
        touchpoint=touchpoint,
        actor=actor,
        recorded_at=at,
    )
    if purpose == Purpose.PROFILING and not may(member_id=member_id, purpose=purpose):
        forget_inferred(member_id=member_id)
    publish(_event(consent), at=at)
    return consent


def forget_inferred(*, member_id: UUID) -> int:
    """Delete what was concluded about the member from what they buy; how much that was."""
    inferred = Preference.objects.filter(
        membership__member_id=member_id, source=Preference.Source.INFERRED
    )
    return inferred.delete()[0]


def check_text(programme_versions: set[str], version: str) -> None:
    """Raises ConsentTextUnknown when words were published and these are none of them."""
    if programme_versions and version not in programme_versions:
        raise ConsentTextUnknown("These words were never published.", field="text_version")


def _version(member_id: UUID, purpose: str, version: str, *, is_given: bool) -> str:
    known = versions_known(member_id, purpose)
    if is_given or version in known:
        check_text(known, version)
        return version
    given = Consent.objects.filter(member_id=member_id, purpose=purpose, is_given=True)
    agreed = given.order_by("-recorded_at", "-pk").values_list("text_version", flat=True).first()
    return agreed if known and agreed else version


def _event(consent: Consent) -> ConsentChanged:
    return ConsentChanged(
        subject=consent.member_id,
        occurred_at=consent.recorded_at,
        purpose=consent.purpose,
        channel=consent.channel,
        is_given=consent.is_given,
        text_version=consent.text_version,
        touchpoint=consent.touchpoint,
    )
