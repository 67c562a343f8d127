from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import ApiClient, Programme
from members.models import Membership
from rewards.models.vouchers import Voucher, VoucherUse


class Till(models.Model):
    """One till in a shop: a page in a browser, or a till of its own that calls the API.

    The floor is what it may lose while the line is down: so much a voucher, so much and so many in
    all, for so long since it last heard of us.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="tills")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=100)
    location = models.CharField(max_length=100)
    client = models.ForeignKey(  # null: a page in the browser
        ApiClient, null=True, blank=True, on_delete=models.PROTECT, related_name="tills"
    )
    floor_value = models.DecimalField(max_digits=8, decimal_places=2, default=10)  # one voucher
    floor_total = models.DecimalField(max_digits=8, decimal_places=2, default=100)
    floor_count = models.PositiveSmallIntegerField(default=20)
    offline_hours = models.PositiveSmallIntegerField(default=24)
    is_active = models.BooleanField(default=True)
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("till")
        verbose_name_plural = _("tills")
        permissions = [("use_till", _("Can work the till"))]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="till_key_once"),
            models.CheckConstraint(
                condition=Q(floor_value__gte=0, floor_total__gte=0), name="till_floor_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TillReceipt(models.Model):
    """A sale committed at a till: what it earned and what was handed in with it, as one deed."""

    class State(models.TextChoices):
        COMMITTED = "COMMITTED", _("Booked")
        CANCELLED = "CANCELLED", _("Undone")

    id = models.UUIDField(primary_key=True)
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="receipts")
    number = models.CharField(max_length=100)
    day = models.DateField()  # in the programme's zone
    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="till_receipts"
    )
    activity = models.UUIDField(null=True)
    guest_sale = models.UUIDField(null=True)  # of a sale without a member
    state = models.CharField(max_length=16, choices=State.choices, default=State.COMMITTED)
    amount = models.DecimalField(max_digits=12, decimal_places=2)  # of the goods, after discounts
    earned = models.IntegerField(default=0)
    redeemed = models.IntegerField(default=0)  # points, tender included
    tendered = models.DecimalField(max_digits=12, decimal_places=2, default=0)  # money by points
    redemptions = models.JSONField(default=list)  # ids
    uses = models.JSONField(default=list)  # ids of voucher uses
    answer = models.JSONField(default=dict, db_default={})  # as given first; ids and figures only
    fingerprint = models.CharField(max_length=64)
    actor = models.CharField(max_length=100)
    is_offline = models.BooleanField(default=False)
    committed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(fields=["till", "number"], name="till_receipt_once"),
            models.CheckConstraint(
                condition=Q(state="CANCELLED", cancelled_at__isnull=False)
                | Q(state="COMMITTED", cancelled_at__isnull=True),
                name="till_receipt_cancelled_has_a_moment",
            ),
        ]
        indexes = [models.Index(fields=["till", "day"], name="till_receipt_of_day")]

    def __str__(self) -> str:
        return self.number


class SigningKey(models.Model):
    """A pair of keys that signs vouchers for tills without a line; the private half is sealed."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="signing_keys")
    number = models.PositiveSmallIntegerField()  # 0 to 255, on the ticket
    public = models.BinaryField()  # 32 bytes, Ed25519
    sealed_private = models.BinaryField()
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)  # signs nothing from then on

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="signing_key_once"),
            models.CheckConstraint(condition=Q(number__lte=255), name="signing_key_one_byte"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class OfflinePack(models.Model):
    """What a till was given to go on without a line: keys, floor, digit codes; by its number."""

    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="packs")
    number = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    # The till's floor as it was then.
    floor_value = models.DecimalField(max_digits=8, decimal_places=2, db_default=0)
    floor_total = models.DecimalField(max_digits=8, decimal_places=2, db_default=0)
    floor_count = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["till", "number"], name="pack_number_once")]

    def __str__(self) -> str:
        return str(self.number)


class JournalEntry(models.Model):
    """What a till did without a line, as it uploaded it, and what became of it."""

    class Kind(models.TextChoices):
        SALE = "SALE", _("Sale")
        USE = "USE", _("Voucher used")

    class Outcome(models.TextChoices):
        BOOKED = "BOOKED", _("Booked")
        LOST = "LOST", _("Used elsewhere before")
        REFUSED = "REFUSED", _("Refused")

    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="journal")
    number = models.PositiveIntegerField()  # the till counts its own entries
    kind = models.CharField(max_length=16, choices=Kind.choices)
    body = models.JSONField()  # no names, no addresses
    fingerprint = models.CharField(max_length=64)
    pack = models.PositiveIntegerField()
    happened_at = models.DateTimeField()  # as the till's clock said
    counted_at = models.DateTimeField()  # the same, but never before its pack was made
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    refusal = models.CharField(max_length=60, blank=True)  # the code of the refusal
    marks = ArrayField(  # booked all the same: over the floor, after its pack, clock ahead
        models.CharField(max_length=40), default=list, blank=True, db_default=[]
    )
    value = models.DecimalField(max_digits=10, decimal_places=2, default=0)  # of the voucher
    voucher = models.ForeignKey(
        Voucher, null=True, on_delete=models.PROTECT, related_name="journal_entries"
    )
    use = models.OneToOneField(  # the use that it won
        VoucherUse, null=True, on_delete=models.PROTECT, related_name="journal_entry"
    )

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        constraints = [
            models.UniqueConstraint(fields=["till", "number"], name="journal_number_once"),
        ]
        indexes = [models.Index(fields=["voucher"], name="journal_of_voucher")]

    def __str__(self) -> str:
        return f"{self.number}"


class DoubleUse(models.Model):
    """A voucher that was used more often than it may be, without a line; and whose loss it is."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="double_uses")
    loser = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="double_use")
    value = models.DecimalField(max_digits=10, decimal_places=2)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = _("double use")
        verbose_name_plural = _("double uses")

    def __str__(self) -> str:
        return str(self.pk)
