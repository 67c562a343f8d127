from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.programme import Programme


class ApiClient(models.Model):
    """A webshop, till or partner that calls the API for one programme."""

    class Kind(models.TextChoices):
        WEBSHOP = "WEBSHOP"
        TILL = "TILL"
        PARTNER = "PARTNER"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="api_clients")
    name = models.SlugField(max_length=60)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        constraints = [
            models.UniqueConstraint(fields=["programme", "name"], name="apiclient_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A client's key: shown once when issued, kept only as a SHA-256 of its 160 random bits."""

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}…"


class KeptAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, given again to its repetition."""

    caller = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="keptanswer_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
