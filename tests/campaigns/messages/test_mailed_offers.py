"""Offers in a mail: those that suit its reader, with why, and counted as seen once it left."""

from django.core import mail

from campaigns.models import Dispatch, OfferContact
from campaigns.services.gate import work_off
from campaigns.services.offers import OfferDraft, dismiss_offer, publish_offer, save_offer
from campaigns.services.templates import save_template
from tests.campaigns.journeys.town import MAKER, MESSAGE, WORDS, Town, document

LETTER = {
    "subject": WORDS,
    "blocks": [{"block": "text", "text": WORDS}, {"block": "offers"}],
}
MAIL = {**MESSAGE, "template": "offers", "channels": ["EMAIL"]}


def offer(town: Town, key: str) -> None:
    draft = OfferDraft(
        key=key, title_nl=f"{key} nl", title_en=f"{key} en", text_nl="Kijk", text_en="Look"
    )
    programme_id = town.programme_id
    kept = save_offer(programme_id=programme_id, offer=draft, actor=MAKER, at=town.now)
    publish_offer(programme_id=programme_id, offer_id=kept.pk, actor=MAKER, at=town.now)


def mailed(town: Town):
    save_template(
        programme_id=town.programme_id,
        key="offers",
        name="offers",
        document={"email": LETTER},
        actor=MAKER,
        at=town.now,
    )
    town.live("welcome", document(MAIL))
    membership = town.member(1)
    town.told()
    return membership


class TestOffersInMail:
    def test_are_those_that_suit_with_why_and_counted_once(self, town: Town) -> None:
        offer(town, "brushes")
        membership = mailed(town)
        assert not OfferContact.objects.exists()

        work_off(at=town.now)
        work_off(at=town.now)

        [left] = mail.outbox
        assert "brushes nl" in left.body
        assert "Kijk" in left.body
        assert "niets over jou is hiervoor gebruikt." in left.body
        assert "http://testserver/offers/" in left.body
        [page] = [each.content for each in left.alternatives]
        assert "brushes nl" in page
        seen = OfferContact.objects.get()
        assert (seen.membership_id, seen.offer.key, seen.days_shown) == (
            membership.pk,
            "brushes",
            1,
        )

    def test_leave_nothing_when_none_suits(self, town: Town) -> None:
        offer(town, "brushes")
        membership = mailed(town)
        dismiss_offer(membership=membership, key="brushes", at=town.now)
        OfferContact.objects.update(days_shown=0)

        work_off(at=town.now)

        [left] = mail.outbox
        assert "brushes" not in left.body
        assert OfferContact.objects.get().days_shown == 0

    def test_are_not_counted_when_the_mail_did_not_leave(self, town: Town, settings) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        offer(town, "brushes")
        mailed(town)

        work_off(at=town.now)

        assert Dispatch.objects.get(nature="MARKETING").fate == "FAILED"
        assert not OfferContact.objects.exists()
