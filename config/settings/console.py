"""How the marketers' console looks, and what its menu says, in the words of the trade."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _item(title: Any, icon: str, model: str) -> dict[str, Any]:
    """One line of the menu: the list of a model, for who may see it."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": _may(f"{app}.view_{name}"),
    }


_NAVIGATION = [
    {
        "items": [
            {
                "title": _("Overview"),
                "icon": "space_dashboard",
                "link": reverse_lazy("admin:index"),
            },
            _item(_("Members"), "group", "members.member"),
            _item(_("Possible duplicates"), "group_add", "members.duplicatecandidate"),
            _item(_("Imports"), "upload_file", "members.import"),
            _item(_("Ways to join"), "qr_code_2", "members.joinlink"),
            {
                "title": _("Enrol at the till"),
                "icon": "point_of_sale",
                "link": reverse_lazy("portal:till_join"),
                "permission": _may("members.enrol_member"),
            },
            _item(_("Earning"), "savings", "loyalty.earningrule"),
            _item(_("Back-tests"), "science", "loyalty.backtest"),
            _item(_("Tiers"), "military_tech", "loyalty.tierset"),
            _item(_("Budgets"), "account_balance_wallet", "loyalty.budget"),
            _item(_("Rewards"), "redeem", "rewards.reward"),
            _item(_("Reward categories"), "shelves", "rewards.rewardcategory"),
            _item(_("Stamp cards"), "approval", "rewards.stampcard"),
            _item(_("Occasions"), "celebration", "rewards.occasion"),
            _item(_("Codes to hand out"), "sell", "rewards.voucherbatch"),
            _item(_("Codes of partners"), "key_vertical", "rewards.codepool"),
            _item(_("To deliver"), "local_shipping", "rewards.fulfilment"),
            _item(_("Questions to members"), "contact_support", "members.profilefield"),
        ],
    },
    {
        "title": _("Campaigns"),
        "separator": True,
        "items": [
            _item(_("Campaigns"), "campaign", "campaigns.campaign"),
            _item(_("Segments"), "groups", "members.segment"),
            _item(_("Messages"), "mail", "campaigns.messagetemplate"),
            _item(_("Offers"), "local_offer", "campaigns.offer"),
            _item(_("Sent and not sent"), "outgoing_mail", "campaigns.dispatch"),
            _item(_("How often members hear from us"), "schedule", "campaigns.contactpolicy"),
            _item(_("Addresses not written to"), "block", "campaigns.suppression"),
        ],
    },
    {
        "title": _("Insight"),
        "separator": True,
        "items": [
            {
                "title": _("How members come and stay"),
                "icon": "group_add",
                "link": reverse_lazy("admin:members_member_insight"),
                "permission": _may("members.view_member"),
            },
            {
                "title": _("What rewards do"),
                "icon": "redeem",
                "link": reverse_lazy("admin:rewards_redemption_insight"),
                "permission": _may("rewards.view_redemption"),
            },
            _item(_("What campaigns caused"), "insights", "campaigns.reading"),
            _item(_("Dose tests"), "tune", "campaigns.dosetest"),
            _item(_("Activities"), "receipt_long", "members.activity"),
            _item(_("Receipts to claim"), "receipt", "members.guestsale"),
            _item(_("Redemptions"), "confirmation_number", "rewards.redemption"),
            _item(_("Used too often"), "content_copy", "rewards.doubleuse"),
            _item(_("Given rewards"), "card_giftcard", "rewards.grant"),
            _item(_("Ledger"), "account_balance", "loyalty.transfer"),
            _item(_("Merged"), "merge", "members.merge"),
            _item(_("Forgotten"), "person_off", "members.erasure"),
            _item(_("Data quality"), "fact_check", "members.fielduse"),
            {
                "title": _("Movements"),
                "icon": "table_chart",
                "link": reverse_lazy("admin:loyalty_transfer_to_movements"),
                "permission": _may("loyalty.view_transfer"),
            },
        ],
    },
    {
        "title": _("Settings"),
        "separator": True,
        "items": [
            _item(_("Programme"), "tune", "loyalty.programme"),
            _item(_("Categories"), "category", "loyalty.category"),
            _item(_("Locations"), "storefront", "loyalty.location"),
            _item(_("Tills"), "point_of_sale", "rewards.till"),
            _item(_("Keys for tills"), "vpn_key", "rewards.signingkey"),
            _item(_("What members agree to"), "handshake", "members.consenttext"),
            _item(_("How long all is kept"), "auto_delete", "members.retention"),
            _item(_("Connections"), "key", "loyalty.apiclient"),
            _item(_("Webhooks"), "send", "loyalty.webhookendpoint"),
            _item(_("Sign-in for shops and apps"), "login", "members.signinclient"),
            _item(_("Colleagues"), "badge", "members.user"),
        ],
    },
]

# Paper and ink, and the green of the house.
_PAPER = {
    "50": "#faf9f6",
    "100": "#f3f1ec",
    "200": "#e5e2da",
    "300": "#d3cfc4",
    "400": "#a39e92",
    "500": "#6f6b61",
    "600": "#55524a",
    "700": "#403e38",
    "800": "#292823",
    "900": "#1b1a17",
    "950": "#11110f",
}
_GREEN = {
    "50": "#eff7f3",
    "100": "#d8ece2",
    "200": "#b3d9c7",
    "300": "#83bfa4",
    "400": "#53a07f",
    "500": "#54a884",
    "600": "#1f5f4a",
    "700": "#1a4f3e",
    "800": "#164033",
    "900": "#12352a",
    "950": "#091d17",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Trouw",
    "SITE_HEADER": "config.console.programme_name",
    "SITE_SUBHEADER": "Trouw",
    "SITE_SYMBOL": "loyalty",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("img/console.svg")}
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "10px",
    "COLORS": {"base": _PAPER, "primary": _GREEN},
    "STYLES": [lambda _request: static("css/console.css")],
    "LOGIN": {"form": "config.sign_in.SignInForm"},
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": _NAVIGATION},
}
