"""Who may do what in the console. A right that stands in no role is nobody's."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

_LOOKS_AT_MEMBERS = {
    "members.view_member",
    "members.view_activity",
    "rewards.view_redemption",
}
_LOOKS_AT_WHAT_IS_GIVEN = {"rewards.view_redemption", "rewards.view_grant"}
_DELIVERS = {"rewards.view_fulfilment", "rewards.fulfil_redemption"}
_PUTS_REWARDS_RIGHT = {"rewards.cancel_redemption", "rewards.add_grant"}
_LOOKS_AT_CODES = {"rewards.view_voucherbatch", "rewards.view_codepool"}
_MAKES_CODES = {
    f"rewards.{deed}_{model}"
    for deed in ("add", "change")
    for model in ("voucherbatch", "codepool")
} | {"rewards.download_codes"}
_LOOKS_AT_TILLS = {
    f"rewards.view_{model}" for model in ("till", "tillreceipt", "journalentry", "doubleuse")
}
_KEEPS_TILLS = {
    *("rewards.add_till", "rewards.change_till"),
    *("rewards.view_signingkey", "rewards.add_signingkey", "rewards.change_signingkey"),
}
_SETTLES = {"rewards.change_doubleuse"}
_LOOKS_AT_THE_OFFER = {
    "loyalty.view_earningrule",
    "loyalty.view_tierset",
    "rewards.view_reward",
    "rewards.view_rewardcategory",
    "rewards.view_stampcard",
    "rewards.view_occasion",
    "members.view_segment",
    "campaigns.view_offer",
}
_MAKES_THE_OFFER = {
    f"{app}.{deed}_{model}"
    for app, model in [
        ("loyalty", "earningrule"),
        ("loyalty", "tierset"),
        ("loyalty", "category"),
        ("loyalty", "location"),
        ("loyalty", "backtest"),
        ("loyalty", "budget"),
        ("rewards", "reward"),
        ("rewards", "rewardcategory"),
        ("rewards", "stampcard"),
        ("rewards", "occasion"),
        ("members", "segment"),
        ("campaigns", "offer"),
    ]
    for deed in ("view", "add", "change")
}
_LOOKS_AT_CAMPAIGNS = {"campaigns.view_campaign"}
# Who may approve may not approve what they asked for themselves.
_MAKES_CAMPAIGNS = {
    *("campaigns.view_campaign", "campaigns.add_campaign", "campaigns.change_campaign"),
    *("campaigns.approve_campaign", "campaigns.stop_campaign"),
}
_LOOKS_AT_MESSAGES = {"campaigns.view_dispatch"}
_KEEPS_ADDRESSES = {
    *("campaigns.view_suppression", "campaigns.add_suppression", "campaigns.delete_suppression"),
}
_SAYS_THINGS = {
    *(f"campaigns.{deed}_messagetemplate" for deed in ("view", "add", "change")),
    *("campaigns.view_contactpolicy", "campaigns.change_contactpolicy"),
}
_READS_RESULTS = {"campaigns.view_reading", "campaigns.view_dosetest"}
_TESTS = _READS_RESULTS | {
    *("campaigns.add_reading", "campaigns.add_campaignnote"),
    *("campaigns.add_dosetest", "campaigns.change_dosetest"),
}
_LOOKS_AT_THE_BOOKS = {"loyalty.view_transfer", "loyalty.view_programme"}
_RUNS_THE_HOUSE = {
    "loyalty.change_programme",
    "loyalty.view_apiclient",
    "loyalty.add_apiclient",
    "loyalty.change_apiclient",
    "loyalty.view_webhookendpoint",
    "loyalty.add_webhookendpoint",
    "loyalty.change_webhookendpoint",
    "members.view_signinclient",
    "members.add_signinclient",
    "members.change_signinclient",
    "members.view_user",
    "members.add_user",
    "members.change_user",
}
_ENROLS = {"members.enrol_member"}
_CHANGES_CARDS = {"members.change_identifier"}
_MAKES_WAYS_TO_JOIN = {f"members.{deed}_joinlink" for deed in ("view", "add", "change")}
_CORRECTS = {"loyalty.adjust_points", "members.view_guestsale"}
# Notes are the desk's: what was said in confidence is no matter of marketing.
_SERVES = {"members.change_member", "members.view_note", "members.add_note"}
_BRINGS_IN = {"members.view_import", "members.import_members"}
_MERGES = {
    *("members.view_merge", "members.add_merge", "members.change_merge"),
    *("members.view_duplicatecandidate", "members.change_duplicatecandidate"),
}
_FORGETS = {"members.erase_member", "members.export_member", "members.view_erasure"}
_ASKS_MEMBERS = {f"members.{deed}_profilefield" for deed in ("view", "add", "change")}
_KNOWS_THE_DATA = {"members.view_fielduse", "members.view_consenttext", "members.view_retention"}
_SETS_PRIVACY = {"members.add_consenttext", "members.change_retention"}

ROLES: dict[str, set[str]] = {
    "cashier": _ENROLS | {"rewards.use_till"},
    "marketer": _MAKES_THE_OFFER
    | _LOOKS_AT_MESSAGES
    | _SAYS_THINGS
    | _MAKES_CAMPAIGNS
    | _TESTS
    | _MAKES_WAYS_TO_JOIN
    | _ASKS_MEMBERS
    | _KNOWS_THE_DATA
    | _LOOKS_AT_MEMBERS
    | _LOOKS_AT_WHAT_IS_GIVEN
    | _LOOKS_AT_CODES
    | _MAKES_CODES
    | {"loyalty.view_programme"},
    "service desk": _LOOKS_AT_MEMBERS
    | _LOOKS_AT_MESSAGES
    | _KEEPS_ADDRESSES
    | _LOOKS_AT_CAMPAIGNS
    | _LOOKS_AT_THE_OFFER
    | _LOOKS_AT_WHAT_IS_GIVEN
    | _DELIVERS
    | _PUTS_REWARDS_RIGHT
    | _CORRECTS
    | _ENROLS
    | _CHANGES_CARDS
    | _SERVES
    | _MERGES
    | _FORGETS,
    "finance": _LOOKS_AT_THE_BOOKS
    | _LOOKS_AT_CAMPAIGNS
    | _READS_RESULTS
    | _LOOKS_AT_THE_OFFER
    | _LOOKS_AT_WHAT_IS_GIVEN
    | _LOOKS_AT_CODES
    | _LOOKS_AT_TILLS
    | _SETTLES,
    "administrator": _MAKES_THE_OFFER
    | _LOOKS_AT_MESSAGES
    | _KEEPS_ADDRESSES
    | _SAYS_THINGS
    | _MAKES_CAMPAIGNS
    | _TESTS
    | _LOOKS_AT_MEMBERS
    | _LOOKS_AT_THE_BOOKS
    | _LOOKS_AT_WHAT_IS_GIVEN
    | _DELIVERS
    | _PUTS_REWARDS_RIGHT
    | _LOOKS_AT_CODES
    | _MAKES_CODES
    | _LOOKS_AT_TILLS
    | _KEEPS_TILLS
    | _SETTLES
    | _RUNS_THE_HOUSE
    | _MAKES_WAYS_TO_JOIN
    | _ENROLS
    | _CHANGES_CARDS
    | _SERVES
    | _CORRECTS
    | _BRINGS_IN
    | _ASKS_MEMBERS
    | _KNOWS_THE_DATA
    | _SETS_PRIVACY
    | _MERGES
    | _FORGETS,
}


@transaction.atomic
def ensure_roles() -> None:
    """Make the roles, with exactly the rights above. Safe to run again."""
    known = {
        f"{p.content_type.app_label}.{p.codename}": p
        for p in Permission.objects.select_related("content_type")
    }
    for name, rights in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set([known[right] for right in rights])
