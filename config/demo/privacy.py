"""What the demo shop asks of its members: the words of consents, two questions, a few likings."""

from datetime import datetime, timedelta

from loyalty.models import Programme
from members.models import Consent, ConsentText, Membership, Preference, ProfileField, Purpose
from members.services.consent_texts import publish_text
from members.services.consents import record_consent
from members.services.field_use import note_current_uses
from members.services.inference import infer_preferences
from members.services.preferences import set_preferences
from members.services.questions import Question, ask_question, save_question

ACTOR = "system:demo"
WORDS = {
    Purpose.OFFERS: (
        "Ja, stuur me aanbiedingen en nieuws van Kleur & Co, hoogstens één keer per week. "
        "Stoppen kan altijd, met één tik.",
        "Yes, send me offers and news from Kleur & Co, once a week at most. I can stop any time, "
        "with one tap.",
    ),
    Purpose.PROFILING: (
        "Ja, kijk naar wat ik koop om beloningen en aanbiedingen te kiezen die bij me passen. Ik "
        "zie altijd wat jullie denken en kan het verbeteren.",
        "Yes, look at what I buy to choose rewards and offers that fit me. I always see what you "
        "think and can put it right.",
    ),
    Purpose.RESEARCH: (
        "Ja, vraag me af en toe wat ik van de winkel vind. Meedoen is nooit verplicht.",
        "Yes, ask me now and then what I think of the shop. Taking part is never required.",
    ),
}
QUESTIONS = [
    Question(
        key="birthday",
        kind=ProfileField.Kind.DATE,
        label_nl="Wanneer ben je jarig?",
        label_en="When is your birthday?",
        why_nl="Om je op je verjaardag te feliciteren. Het jaar gebruiken we nergens voor.",
        why_en="To wish you a happy birthday. We do not use the year for anything.",
        benefit_nl="Elk jaar een verrassing bij de kassa.",
        benefit_en="A surprise at the till every year.",
        points=50,
        keep_days=730,
    ),
    Question(
        key="next-job",
        kind=ProfileField.Kind.CHOICES,
        label_nl="Wat ga je hierna verven?",
        label_en="What are you painting next?",
        why_nl="Om op tijd met het juiste advies te komen.",
        why_en="To come up with the right advice in time.",
        benefit_nl="Gratis kleuradvies voor je klus.",
        benefit_en="Free colour advice for your job.",
        choices=[
            ("walls", "Muren en plafond", "Walls and ceiling"),
            ("frames", "Kozijnen en deuren", "Frames and doors"),
            ("furniture", "Meubels", "Furniture"),
            ("fence", "Schutting of schuur", "Fence or shed"),
            ("nothing", "Voorlopig niets", "Nothing for now"),
        ],
        purpose=Purpose.PROFILING,
        points=25,
        keep_days=365,
        place=1,
        ask_after=1,
    ),
]
SHARING = 12
PASSING = 3  # every so many-th member agrees to no offers
"""So many of the first members agreed to being known by what they buy."""


def see_to_privacy(programme: Programme, *, at: datetime) -> None:
    """Publish the words and ask the questions; what is there already stays as it is."""
    published = set(
        ConsentText.objects.filter(programme=programme).values_list("purpose", flat=True)
    )
    for purpose, (text_nl, text_en) in WORDS.items():
        if purpose not in published:
            publish_text(
                programme_id=programme.pk,
                purpose=purpose,
                text_nl=text_nl,
                text_en=text_en,
                actor=ACTOR,
                at=at,
            )
    known = set(ProfileField.objects.filter(programme=programme).values_list("key", flat=True))
    for question in QUESTIONS:
        if question.key not in known:
            field = save_question(programme_id=programme.pk, question=question, actor=ACTOR, at=at)
            ask_question(field_id=field.pk, actor=ACTOR, at=at)


def see_to_preferences(programme: Programme, *, at: datetime) -> None:
    """Let two of three agree to offers, and a few say what they like; the rest is concluded."""
    ours = Membership.objects.filter(programme=programme, member__erased_at=None)
    if not Consent.objects.filter(member__memberships__in=ours, actor=ACTOR).exists():
        for number, membership in enumerate(ours.order_by("pk")):
            if number % PASSING:
                _agree(membership, Purpose.OFFERS, at)
            if number >= SHARING:
                continue
            _agree(membership, Purpose.PROFILING, at)
            if membership.pk % 2:
                set_preferences(
                    membership_id=membership.pk,
                    kind=Preference.Kind.CHANNEL,
                    liked=["EMAIL"],
                    actor=ACTOR,
                    at=at,
                )
        infer_preferences(programme_id=programme.pk, at=at)
    note_current_uses(programme_id=programme.pk, at=at)


def _agree(membership: Membership, purpose: Purpose, at: datetime) -> None:
    """In the words that are published."""
    words = ConsentText.objects.filter(programme=membership.programme_id, purpose=purpose)
    record_consent(
        member_id=membership.member_id,
        purpose=purpose,
        channel=Consent.Channel.ANY,
        is_given=True,
        text_version=words.latest("published_at").version,
        touchpoint="portal",
        actor=ACTOR,
        at=at - timedelta(minutes=1),
    )
