"""Messages: what is said, to whom, by which channel, and what became of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign, Participant
from loyalty.models import Programme
from members.models import Member, Membership


class Channel(models.TextChoices):
    EMAIL = "EMAIL", _("E-mail")
    SMS = "SMS", _("SMS")
    PUSH = "PUSH", _("On your phone")
    INBOX = "INBOX", _("Message box")
    WALLET = "WALLET", _("Card in your wallet")


class MessageTemplate(models.Model):
    """What a message says on each channel, in both languages (campaigns.messaging.document)."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    document = models.JSONField()
    version = models.PositiveIntegerField(default=1)  # goes up with every change
    is_ready_made = models.BooleanField(default=False)  # came with the house
    changed_by = models.CharField(max_length=100)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="template_key_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Dispatch(models.Model):
    """One message that could be sent to one person, and its fate: every candidate has its row.

    `key` makes it once for that member. SENDING is written and committed before the message goes
    out, so that whatever dies in between, nobody gets it twice; one that stays SENDING is of
    unknown fate, and is said to be so. No address and no text is kept here.
    """

    class Nature(models.TextChoices):
        SERVICE = "SERVICE", _("Service")  # about what the member did or has; no cap, no quiet
        MARKETING = "MARKETING", _("Marketing")

    class Fate(models.TextChoices):
        WAITING = "WAITING", _("Waits")
        DELAYED = "DELAYED", _("Delayed")
        SENDING = "SENDING", _("On its way")
        SENT = "SENT", _("Sent")
        DROPPED = "DROPPED", _("Not sent")
        HELD_OUT = "HELD_OUT", _("Held out")
        FAILED = "FAILED", _("Could not be sent")
        UNKNOWN = "UNKNOWN", _("Broke off while it was sent")

    id = models.UUIDField(primary_key=True)
    member = models.ForeignKey(  # null: of somebody who was erased, or has yet to join
        Member, null=True, on_delete=models.SET_NULL, related_name="dispatches"
    )
    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="dispatches"
    )
    key = models.CharField(max_length=160)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    nature = models.CharField(max_length=16, choices=Nature.choices)
    purpose = models.CharField(max_length=16, blank=True)  # the consent it needs; empty: service
    source = models.CharField(max_length=100)  # "campaign:welcome", "members.news", "accounts"
    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.PROTECT, related_name="dispatches"
    )
    participant = models.ForeignKey(
        Participant, null=True, on_delete=models.SET_NULL, related_name="dispatches"
    )
    arm = models.CharField(max_length=40, blank=True)
    otherwise = ArrayField(  # channels that are tried in turn when this one turns out closed
        models.CharField(max_length=16), default=list, db_default=[]
    )
    template = models.CharField(max_length=60, blank=True)
    context = models.JSONField(default=dict)  # what the text is filled in with; nothing personal
    priority = models.PositiveSmallIntegerField(default=50)
    fate = models.CharField(max_length=16, choices=Fate.choices, default=Fate.WAITING)
    reason = models.CharField(max_length=60, blank=True)  # a code: "no_consent", "cap", "quiet" …
    not_before = models.DateTimeField()
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Marketing that was let through: how many might leave to the member in so many days, then.
    cap = models.PositiveSmallIntegerField(null=True)
    cap_days = models.PositiveSmallIntegerField(null=True)
    provider_id = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("message sent or not")
        verbose_name_plural = _("messages sent or not")
        constraints = [
            models.UniqueConstraint(fields=["member", "key"], name="dispatch_once"),
            models.CheckConstraint(
                condition=Q(nature="SERVICE") | ~Q(purpose=""), name="dispatch_marketing_purpose"
            ),
            models.CheckConstraint(
                condition=~Q(fate="SENT") | Q(sent_at__isnull=False), name="dispatch_sent_when"
            ),
            models.CheckConstraint(
                condition=~Q(arm__in=["holdout", "universal"])
                | ~Q(fate__in=["SENDING", "SENT", "WAITING", "DELAYED"]),
                name="dispatch_not_to_held_out",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before", "-priority"],
                condition=Q(fate__in=["WAITING", "DELAYED"]),
                name="dispatch_due",
            ),
            models.Index(
                fields=["fate", "decided_at"], condition=Q(fate="SENDING"), name="dispatch_broken"
            ),
            models.Index(
                fields=["membership", "-sent_at"],
                condition=Q(sent_at__isnull=False),
                name="dispatch_sent",
            ),
            models.Index(
                fields=["provider_id"], condition=~Q(provider_id=""), name="dispatch_of_provider"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"


class DispatchEvent(models.Model):
    """What came back of a message: delivered, opened, clicked, bounced, complained."""

    class Kind(models.TextChoices):
        DELIVERED = "DELIVERED", _("Delivered")
        OPENED = "OPENED", _("Opened")
        CLICKED = "CLICKED", _("Clicked")
        BOUNCED = "BOUNCED", _("Bounced")
        COMPLAINED = "COMPLAINED", _("Called spam")
        UNSUBSCRIBED = "UNSUBSCRIBED", _("Unsubscribed")

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    detail = models.CharField(max_length=100, blank=True)  # "hard", the link's number
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dispatch", "kind", "detail"], name="dispatch_event_once"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class Suppression(models.Model):
    """An address that is not written to any more; its keyed digest only, so that it outlives erasure."""

    class Reason(models.TextChoices):
        BOUNCED = "BOUNCED", _("It does not exist")
        COMPLAINED = "COMPLAINED", _("Our mail was called spam")
        ASKED = "ASKED", _("Asked for")

    channel = models.CharField(max_length=16, choices=Channel.choices)
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    actor = models.CharField(max_length=100)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("address not written to")
        verbose_name_plural = _("addresses not written to")
        constraints = [
            models.UniqueConstraint(fields=["channel", "digest"], name="suppression_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class ContactPolicy(models.Model):
    """How much a programme's members may be told: the cap, the quiet hours, the universal holdout."""

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, related_name="contact")
    cap = models.PositiveSmallIntegerField(default=2)  # marketing messages over all channels …
    cap_days = models.PositiveSmallIntegerField(default=7)  # … in so many days
    quiet_from = models.TimeField(default="21:00")
    quiet_until = models.TimeField(default="08:00")
    patience_days = models.PositiveSmallIntegerField(default=3)  # a delayed one is dropped after
    holdout = models.PositiveSmallIntegerField(default=5)  # per cent, of all marketing
    salt = models.CharField(max_length=32)

    class Meta:
        verbose_name = _("contact policy")
        verbose_name_plural = _("contact policies")
        constraints = [
            models.CheckConstraint(condition=Q(holdout__lte=50), name="contact_holdout_part"),
            models.CheckConstraint(condition=Q(cap_days__gte=1), name="contact_cap_days"),
        ]

    def __str__(self) -> str:
        return f"{self.cap} / {self.cap_days}"


class ContactChoice(models.Model):
    """How often and when a member wants to hear from us; empty is the programme's policy."""

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="contact_choice"
    )
    at_most = models.PositiveSmallIntegerField(null=True)  # in cap_days; never more than the policy
    time_zone = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.at_most}"


class PushSubscription(models.Model):
    """A browser that agreed to be woken, as the Push API gave it to us."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="pushes")
    endpoint = models.CharField(max_length=500, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=60)
    added_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)  # the browser's house said so (404, 410)

    def __str__(self) -> str:
        return str(self.pk)
