"""What the keys in a programme's rules are called, as sentences want them."""

from loyalty.models import Budget, Category, EarningRule, TierSet, Unit
from loyalty.types import Words


def labels_of(programme_id: int) -> dict[str, Words]:
    """Each key with its words in both languages; see loyalty.earning.sentences for the kinds."""
    named: dict[str, Words] = {}
    for policy in TierSet.objects.filter(programme_id=programme_id).values_list(
        "policy", flat=True
    ):
        named |= {tier["key"]: tier.get("name", {}) for tier in policy["tiers"]}
    named |= Category.objects.filter(programme_id=programme_id).labels()
    for kind, rows in (
        ("unit", Unit.objects.exclude(code="points").values_list("code", "name_nl", "name_en")),
        ("budget", Budget.objects.values_list("key", "name_nl", "name_en")),
        ("rule", EarningRule.objects.values_list("key", "name_nl", "name_en")),
    ):
        for key, name_nl, name_en in rows.filter(programme_id=programme_id):
            named[f"{kind}:{key}"] = {"nl": name_nl, "en": name_en}
    return named
