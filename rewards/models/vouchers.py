from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from members.models import Membership
from rewards.models.catalogue import Reward
from rewards.models.redemption import Redemption


class VoucherBatch(models.Model):
    """Codes for a reward that nobody redeemed yet: printed, mailed, shared, or uploaded."""

    class Origin(models.TextChoices):
        GENERATED = "GENERATED", _("Made here")
        UPLOADED = "UPLOADED", _("Uploaded")

    class State(models.TextChoices):
        MAKING = "MAKING", _("Being made")
        READY = "READY", _("Ready")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="voucher_batches"
    )
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="batches")
    key = models.SlugField(max_length=60)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    origin = models.CharField(max_length=16, choices=Origin.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.MAKING)
    wanted = models.PositiveIntegerField()  # so many codes
    made = models.PositiveIntegerField(default=0)
    max_uses = models.PositiveIntegerField(null=True, default=1)  # of each code; empty: any
    limit_per_member = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    actor = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("voucher batch")
        verbose_name_plural = _("voucher batches")
        permissions = [("download_codes", _("Can take out voucher codes"))]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="voucher_batch_key_once"),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="voucher_batch_period_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.name_nl if get_language() == "nl" else self.name_en


class Voucher(models.Model):
    """What is handed in: of a redemption, or of a batch that nobody paid points for.

    A code of ours is made from the id and never stored (rewards.codes); one that was uploaded is
    kept sealed. `membership` is set for one that its member alone may use.
    """

    class State(models.TextChoices):
        ISSUED = "ISSUED"
        USED = "USED"  # as often as it may be; a gift card: to the last cent
        CANCELLED = "CANCELLED"

    id = models.UUIDField(primary_key=True)
    reward = models.ForeignKey(  # the audit looks, as for redemptions
        Reward, on_delete=models.PROTECT, related_name="vouchers", db_constraint=False
    )
    redemption = models.OneToOneField(
        Redemption, null=True, on_delete=models.PROTECT, related_name="voucher"
    )
    batch = models.ForeignKey(
        VoucherBatch, null=True, on_delete=models.PROTECT, related_name="vouchers"
    )
    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="bound_vouchers"
    )
    digest = models.CharField(max_length=64, unique=True)
    sealed_code = models.BinaryField(null=True)  # of an uploaded one
    serial = models.BigIntegerField(null=True, unique=True)  # on its signed ticket
    state = models.CharField(max_length=16, choices=State.choices, default=State.ISSUED)
    max_uses = models.PositiveIntegerField(null=True, default=1, db_default=1)  # null: any
    uses = models.PositiveIntegerField(default=0, db_default=0)
    value_left = models.DecimalField(max_digits=10, decimal_places=2, null=True)  # of a gift card
    issued_at = models.DateTimeField()
    valid_from = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    # The last use.
    used_at = models.DateTimeField(null=True)
    used_by = models.CharField(max_length=100, blank=True)
    used_location = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="USED") | Q(used_at__isnull=False),
                name="voucher_used_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(used_at__lt=F("expires_at")),
                name="voucher_never_used_late",
            ),
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(uses__lte=F("max_uses")),
                name="voucher_never_overused",
            ),
            models.CheckConstraint(
                condition=Q(value_left__isnull=True) | Q(value_left__gte=0),
                name="voucher_value_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(redemption__isnull=True) ^ Q(batch__isnull=True),
                name="voucher_of_redemption_or_batch",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class VoucherUse(models.Model):
    """One use of a voucher: where, in which basket, for how much; and whether it was rolled back."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="use_log")
    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="voucher_uses"
    )
    amount = models.DecimalField(max_digits=10, decimal_places=2, null=True)  # of a gift card
    basket = models.CharField(max_length=100, blank=True)  # the shop's name for the sale
    channel = models.CharField(max_length=40, blank=True)
    location = models.CharField(max_length=100, blank=True)
    actor = models.CharField(max_length=100)
    request_key = models.CharField(max_length=300, unique=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    is_offline = models.BooleanField(default=False)
    used_at = models.DateTimeField()
    rolled_back_at = models.DateTimeField(null=True)
    rolled_back_by = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [models.Index(fields=["voucher", "used_at"], name="use_of_voucher")]

    def __str__(self) -> str:
        return str(self.pk)


class VoucherReservation(models.Model):
    """A voucher in a basket that is not paid yet.

    A hard one keeps a use of it for that basket until its term; a soft one is a note that lets
    everybody go on.
    """

    voucher = models.ForeignKey(Voucher, on_delete=models.CASCADE, related_name="reservations")
    basket = models.CharField(max_length=100)
    is_hard = models.BooleanField()
    amount = models.DecimalField(max_digits=10, decimal_places=2, null=True)  # of a gift card
    actor = models.CharField(max_length=100)
    reserved_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["voucher", "actor", "basket"], name="reservation_basket_once"
            ),
        ]

    def __str__(self) -> str:
        return self.basket


class ShortCode(models.Model):
    """A code of 9 or 12 digits for a till without a scanner; good once, for minutes."""

    class Purpose(models.TextChoices):
        IDENTIFY = "IDENTIFY"  # "this is me"
        VOUCHER = "VOUCHER"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="short_codes")
    digest = models.CharField(max_length=64)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.CASCADE, related_name="short_codes"
    )
    voucher = models.ForeignKey(
        Voucher, null=True, on_delete=models.CASCADE, related_name="short_codes"
    )
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "digest"], name="short_code_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class WrongGuess(models.Model):
    """How often a till or an address has offered codes that are nobody's, in one window."""

    who = models.CharField(max_length=64)  # a client, or a keyed hash of an address
    window = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "window"], name="guess_window_once")]

    def __str__(self) -> str:
        return f"{self.count}"


class CodePool(models.Model):
    """A partner's codes, handed out one by one; the partner takes them in."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="code_pools")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    low_at = models.PositiveIntegerField(default=25)  # warn when so few are left
    warned_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("code pool")
        verbose_name_plural = _("code pools")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="code_pool_key_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PoolCode(models.Model):
    """One code of a partner, kept sealed; a redemption has it when it was handed out."""

    pool = models.ForeignKey(CodePool, on_delete=models.PROTECT, related_name="codes")
    digest = models.CharField(max_length=64)
    sealed_code = models.BinaryField()
    expires_at = models.DateTimeField(null=True)
    redemption = models.OneToOneField(
        Redemption, null=True, on_delete=models.PROTECT, related_name="pool_code"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "digest"], name="pool_code_once"),
        ]
        indexes = [
            models.Index(
                fields=["pool", "id"], condition=Q(redemption=None), name="pool_code_left"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
