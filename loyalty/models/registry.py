from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models.programme import Programme
from loyalty.types import Words


class CategoryQuerySet(models.QuerySet["Category"]):
    """Categories, and the words for them."""

    def labels(self) -> dict[str, Words]:
        """Each key with its words in both languages, as sentences want them."""
        rows = self.values_list("key", "name_nl", "name_en")
        return {
            key: {"nl": _within_a_sentence(name_nl), "en": _within_a_sentence(name_en)}
            for key, name_nl, name_en in rows
        }


def _within_a_sentence(name: str) -> str:
    """ "Verf" becomes "verf"; what is written in capitals ("LED-lampen") keeps them."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


class Category(models.Model):
    """A kind of product, by the key that till and webshop send, and what people call it."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="categories")
    key = models.CharField(max_length=60)
    name_nl = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="category_key_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What readers of the present language call it."""
        return self.name_nl if get_language() == "nl" else self.name_en


class Location(models.Model):
    """A shop or webshop, by the name under which it reports what members do there."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="locations")
    name = models.CharField(max_length=100)

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            models.UniqueConstraint(fields=["programme", "name"], name="location_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
