"""Messages that are saved, copied and taken in ready-made."""

from datetime import timedelta
from typing import Any

import pytest

from campaigns.errors import TemplateInvalid, TemplateKeyTaken
from campaigns.messaging.document import read_document
from campaigns.messaging.ready_made import READY_MADE
from campaigns.messaging.rendering import render
from campaigns.models import MessageTemplate
from campaigns.services.templates import copy_template, save_template, take_ready_made
from campaigns.services.values import values_of
from loyalty.errors import NotFound
from tests.campaigns.messages.documents import WELCOME
from tests.members.shop import NOON, Shop

pytestmark = pytest.mark.django_db


def save(shop: Shop, **changed: Any) -> MessageTemplate:
    said: dict[str, Any] = {"key": "hello", "name": "Hallo", "document": WELCOME} | changed
    return save_template(programme_id=shop.programme.pk, actor="staff:1", at=NOON, **said)


class TestSaveTemplate:
    def test_keeps_a_message_and_counts_its_versions(self, shop: Shop) -> None:
        first = save(shop)
        changed = WELCOME | {"sms": {"text": {"nl": "Anders", "en": "Different"}}}
        save(shop, template_id=first.pk, document=changed)
        save(shop, template_id=first.pk, document=changed)
        first.refresh_from_db()
        assert (first.version, first.key, first.document["sms"]["text"]["nl"]) == (
            2,
            "hello",
            "Anders",
        )

    def test_refuses_what_cannot_be_sent_and_keeps_what_was(self, shop: Shop) -> None:
        kept = save(shop)
        for wrong in ({"document": {"sms": {"text": {"nl": "{x}", "en": "y"}}}}, {"name": " "}):
            with pytest.raises(TemplateInvalid):
                save(shop, template_id=kept.pk, **wrong)
        kept.refresh_from_db()
        assert (kept.name, kept.document, kept.version) == ("Hallo", WELCOME, 1)

    def test_refuses_a_key_that_another_has(self, shop: Shop) -> None:
        save(shop)
        with pytest.raises(TemplateKeyTaken):
            save(shop, name="Other")
        assert MessageTemplate.objects.get().name == "Hallo"

    def test_knows_no_message_of_another_programme(self, shop: Shop) -> None:
        with pytest.raises(NotFound):
            save(shop, template_id=0)

    def test_copies_a_message(self, shop: Shop) -> None:
        copy = copy_template(
            template_id=save(shop).pk, key="two", name="Twee", actor="staff:1", at=NOON
        )
        assert (copy.document, copy.version) == (WELCOME, 1)


class TestTakeReadyMade:
    def test_takes_each_once_and_leaves_what_was_changed(self, shop: Shop) -> None:
        def take() -> int:
            at = NOON + timedelta(days=1)
            return take_ready_made(programme_id=shop.programme.pk, actor="staff:1", at=at)

        assert take() == len(READY_MADE) == 6
        welcome = MessageTemplate.objects.get(key="welcome")
        save(shop, template_id=welcome.pk, name="Mijn welkom", document=WELCOME)
        assert take() == 0
        welcome.refresh_from_db()
        assert welcome.name == "Mijn welkom"

    @pytest.mark.parametrize("key", READY_MADE)
    def test_says_something_in_both_languages_on_every_channel(self, shop: Shop, key: str) -> None:
        document = READY_MADE[key].document
        read_document(document)
        values = values_of([shop.anna.pk], NOON)[shop.anna.pk]
        for language in ("nl", "en"):
            for channel in ("EMAIL", "SMS", "PUSH", "INBOX"):
                made = render(document, channel, language, values)
                assert made.text.strip()
                assert "{" not in made.subject + made.text
