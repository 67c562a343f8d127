"""Every column that could hold a word about a person, or lead to them, is forgotten or harmless.

A new text, JSON or binary column, or a new key to a member, makes this fail until somebody has
said here what becomes of it.
"""

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Model

from members.belongings import keepers
from members.services.traces import traces

PEOPLE = {"members.Member", "members.Membership", "members.User"}
KINDS = (models.CharField, models.TextField, models.JSONField, models.BinaryField)

# Whose rows are deleted with the person, and by which keeper or trace.
GONE = {
    "account.EmailAddress": "login",
    "account.EmailConfirmation": "login",
    "allauth_idp_oidc.Token": "login",
    "mfa.Authenticator": "login",
    "socialaccount.SocialAccount": "login",
    "socialaccount.SocialToken": "login",
    "usersessions.UserSession": "login",
    "members.User": "login",
    "members.User_groups": "login",
    "members.User_user_permissions": "login",
    "members.ClaimAttempt": "attempts",
    "members.Consent": "consents",
    "members.DuplicateCandidate": "duplicates",
    "members.Identifier": "identifiers",
    "members.MemberLook": "looks",
    "members.Message": "messages",
    "members.Note": "notes",
    "members.Preference": "preferences",
    "members.ProfileAnswer": "answers",
    "members.SegmentMembership": "segments",
    "members.TimelineEntry": "timeline",
    "members.Visitor": "visits",
    "members.VisitorEvent": "visits",
    "members.WalletDevice": "passes",
    "members.WalletPass": "passes",
    "loyalty.Remark": "remarks",
    "loyalty.KeptAnswer": "answers_kept",
    "sessions.Session": "sessions",
    "members.SavedFilter": "filters",
    "members.ImportPiece": "import_files",
    "rewards.ShortCode": "own_vouchers",
    "campaigns.OfferContact": "offers",
    "campaigns.ContactChoice": "contact",
    "campaigns.PushSubscription": "contact",
}

# Which columns are emptied or hashed, in rows that stay for the books or for others.
STRIPPED = {
    "members.Member": ("who", "user given_name family_name language"),
    "members.Membership": ("memberships", "joined_location joined_campaign"),
    "members.Activity": ("activities", "external_id original location attributes facts"),
    "members.ActivityRevision": ("activities", "facts"),
    "loyalty.OutboxEvent": ("activities", "payload"),
    "members.GuestSale": ("receipts", "submission external_id"),
    "members.Merge": ("merges", "reason parted_reason moved"),
    "rewards.Voucher": ("rewards", "used_location"),
    "rewards.Redemption": ("rewards", "location order choice"),
    "rewards.Fulfilment": (
        "deliveries",
        "recipient street postal_code town country carrier tracking location",
    ),
    "rewards.VoucherUse": ("voucher_uses", "basket location"),
    "rewards.TillReceipt": ("till_receipts", "number answer"),
    "members.ImportRow": ("import_rows", "said problem"),
    "members.BulkDeed": ("bulk_deeds", "asked text"),
    "campaigns.Participant": ("campaigns", "context"),
    "campaigns.Dispatch": ("dispatches", "context provider_id"),
    "loyalty.TierAssignment": ("remarks", "reason"),
    "loyalty.Pool": ("pools", "name"),
    "loyalty.EventFailure": ("failures", "error"),
    "admin.LogEntry": ("history", "object_repr change_message"),
}

CODE = "codes of ours: kinds, states, roles, actors by their number"
HASH = "a hash or a key that was drawn"
PSEUDONYM = "leads to the row that is left of the person, which says nothing"
SHOP = "words of the shop, not about anybody"
GOODS = "what the shop calls its goods and places"

# What stays as it is, and why that says nothing about anybody.
STAYS = {
    "members.Membership": {PSEUDONYM: "member", CODE: "joined_through"},
    "members.Member": {PSEUDONYM: "merged_into"},
    "members.Activity": {
        PSEUDONYM: "membership",
        CODE: "type source channel award",
        HASH: "fingerprint",
    },
    "members.ActivityLine": {GOODS: "product category brand", CODE: "kind"},
    "members.ActivityRevision": {CODE: "award"},
    "members.GuestSale": {
        PSEUDONYM: "claimed_by",
        CODE: "source original",
        HASH: "digest fingerprint",
    },
    "members.Merge": {PSEUDONYM: "kept absorbed", CODE: "actor parted_by"},
    "members.ImportRow": {CODE: "outcome made field"},
    "members.Import": {
        SHOP: "file_name header mapping problem undo_reason",
        CODE: "kind state actor",
        HASH: "digest",
    },
    "members.BulkDeed": {CODE: "deed state actor"},
    "members.Erasure": {CODE: "reason actor", PSEUDONYM: "holders counts"},
    "members.ConsentText": {SHOP: "purpose version text_nl text_en published_by"},
    "members.JoinLink": {SHOP: "key name touchpoint location campaign"},
    "members.ProfileField": {
        SHOP: "key label_nl label_en why_nl why_en benefit_nl benefit_en choices",
        CODE: "kind purpose state",
    },
    "members.FieldUse": {CODE: "field used_by"},
    "members.Segment": {SHOP: "key name_nl name_en kind state"},
    "members.SegmentVersion": {SHOP: "document saved_by"},
    "members.Retention": {CODE: "kind"},
    "rewards.Redemption": {
        PSEUDONYM: "membership",
        HASH: "request_key fingerprint",
        CODE: "state unit channel actor",
    },
    "rewards.RedemptionStep": {CODE: "name params actor"},
    "rewards.Fulfilment": {CODE: "way state done_by"},
    "rewards.Grant": {PSEUDONYM: "membership", CODE: "key state", SHOP: "reason"},
    "rewards.Voucher": {
        PSEUDONYM: "membership",
        HASH: "digest sealed_code",
        CODE: "state used_by",
    },
    "rewards.VoucherUse": {
        PSEUDONYM: "membership",
        HASH: "request_key fingerprint",
        CODE: "channel actor rolled_back_by",
    },
    "rewards.VoucherReservation": {CODE: "actor", "the shop's name of a basket": "basket"},
    "rewards.TillReceipt": {
        PSEUDONYM: "membership",
        CODE: "state redemptions uses actor",
        HASH: "fingerprint",
    },
    "rewards.PoolCode": {HASH: "digest sealed_code"},
    "rewards.WrongGuess": {HASH: "who"},
    "rewards.JournalEntry": {
        SHOP: "body",  # a receipt's number and its amount
        CODE: "kind outcome refusal marks",
        HASH: "fingerprint",
    },
    "rewards.DoubleUse": {CODE: "settled_by"},
    "campaigns.Participant": {PSEUDONYM: "membership", CODE: "key arm state place"},
    "campaigns.StepTaken": {CODE: "place kind outcome params"},
    "campaigns.Dispatch": {
        PSEUDONYM: "member membership",
        CODE: "key channel nature purpose source arm template fate reason",
    },
    "campaigns.DispatchEvent": {CODE: "kind detail"},
    "campaigns.Suppression": {HASH: "digest", CODE: "channel reason actor"},
    "loyalty.OutboxEvent": {CODE: "name"},
    "loyalty.EventFailure": {CODE: "subscriber"},
    "loyalty.WebhookDelivery": {CODE: "state last_error"},
    "loyalty.TierAssignment": {CODE: "tier actor"},
    # free text of colleagues is in loyalty.Remark; keys of holds and transfers are drawn or ours
    "loyalty.Transfer": {CODE: "kind source external_id reasons actor", HASH: "fingerprint"},
    "loyalty.LotChange": {CODE: "deed source external_id reason actor"},
    "loyalty.Hold": {CODE: "source external_id actor end", HASH: "fingerprint"},
    "loyalty.Lot": {CODE: "awaits expiry"},
    "loyalty.Account": {CODE: "kind"},
    "loyalty.Standing": {CODE: "document"},
    "loyalty.TierMove": {CODE: "before after cause"},
    "loyalty.LimitUse": {CODE: "key"},
    "loyalty.HolderMerge": {CODE: "deed actor"},
    "loyalty.Seal": {HASH: "previous digest"},
    "admin.LogEntry": {CODE: "object_id", "who changed it, a colleague": "user"},
}

# Tables that say something of the shop or of its software only.
OF_THE_SHOP = {
    "campaigns.Campaign",
    "campaigns.CampaignNote",  # what colleagues make of a result, which names nobody
    "campaigns.CampaignVersion",
    "campaigns.ContactPolicy",
    "campaigns.DoseTest",
    "campaigns.MessageTemplate",
    "campaigns.Offer",
    "campaigns.Reading",
    "members.Segment",
    "members.SegmentVersion",
    "allauth_idp_oidc.Client",
    "members.SignInClient",  # the same table
    "auth.Group",
    "auth.Group_permissions",
    "auth.Permission",
    "contenttypes.ContentType",
    "loyalty.ApiClient",
    "loyalty.ApiKey",
    "loyalty.BackTest",
    "loyalty.Budget",
    "loyalty.Category",
    "loyalty.Configuration",
    "loyalty.EarningRule",
    "loyalty.EarningRuleVersion",
    "loyalty.Location",
    "loyalty.Programme",
    "loyalty.RuleSet",
    "loyalty.TierSet",
    "loyalty.Unit",
    "loyalty.WebhookEndpoint",
    "loyalty.WebhookSecret",
    "rewards.CodePool",
    "rewards.Occasion",
    "rewards.OccasionReward",
    "rewards.OfflinePack",
    "rewards.Reward",
    "rewards.RewardCategory",
    "rewards.RewardPicture",
    "rewards.StampCard",
    "rewards.SigningKey",
    "rewards.Till",
    "rewards.VoucherBatch",
    "socialaccount.SocialApp",
    "socialaccount.SocialApp_sites",
}


def suspicious(model: type[Model]) -> set[str]:
    """The columns that could hold a word about somebody, or lead to them."""
    return {field.name for field in model._meta.fields if _is_suspicious(field)}


def _is_suspicious(field: Any) -> bool:
    related = field.related_model
    if isinstance(related, type):
        return related._meta.label in PEOPLE
    return isinstance(field, KINDS) and not field.primary_key


def said_of(label: str) -> set[str]:
    stripped = STRIPPED.get(label, ("", ""))[1].split()
    stays = [name for names in STAYS.get(label, {}).values() for name in names.split()]
    return {*stripped, *stays}


MODELS = [
    model
    for model in apps.get_models(include_auto_created=True)
    if model._meta.label not in GONE and model._meta.label not in OF_THE_SHOP
]


class TestForgetting:
    def test_knows_every_column_that_could_say_something_of_a_person(self) -> None:
        assert {
            model._meta.label: missing
            for model in MODELS
            if (missing := suspicious(model) - said_of(model._meta.label))
        } == {}

    def test_says_nothing_of_columns_and_tables_that_are_not_there(self) -> None:
        known = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}

        assert {*STRIPPED, *STAYS} <= set(known)
        assert {
            label: gone
            for label in {*STRIPPED, *STAYS}
            if (gone := said_of(label) - {field.name for field in known[label]._meta.fields})
        } == {}

    def test_names_keepers_that_are_there(self) -> None:
        named = {*GONE.values(), *(key for key, _columns in STRIPPED.values())}

        assert named <= {*(keeper.key for keeper in keepers()), *traces()}
