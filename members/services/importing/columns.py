"""What can be imported, which column of the file it is likely to be, and whether a choice will do.

A mapping is from our field to the file's column; a value that begins with "=" is the same for all
lines. Fields of other systems' numbers are called "ext:<system>", consents "consent:<PURPOSE>",
answers to questions "answer:<key>".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from members.models import Import, Purpose
from members.services.importing.refused import MappingRefused

Kind = Import.Kind
FIXED = "="  # how a value that is the same for all lines begins
LONGEST_FIXED = 100
IDENTIFIERS = ("card", "email", "phone")  # and ext:<system>

_PREFIXED = re.compile(r"(ext):[a-z0-9][a-z0-9_-]{0,39}|(consent):[A-Z]+|(answer):[\w-]{1,40}")


class Field(NamedTuple):
    """Something that a line can say."""

    key: str
    label: Any
    guesses: tuple[str, ...] = ()  # as columns are called, without spaces, dots and case
    is_required: bool = False
    may_be_fixed: bool = False
    help: Any = ""


_WHO = (
    Field(
        "card",
        _("Card number"),
        ("kaartnummer", "kaart", "kaartnr", "pasnummer", "klantenkaart", "klantkaart", "card",
         "cardnumber", "cardno", "loyaltycard", "barcode"),
    ),
    Field(
        "email",
        _("E-mail address"),
        ("email", "emailadres", "emailaddress", "mail", "mailadres", "emails"),
    ),
    Field(
        "phone",
        _("Telephone"),
        ("telefoon", "telefoonnummer", "mobiel", "mobielnummer", "gsm", "phone", "phonenumber",
         "mobile", "mobilenumber", "tel"),
    ),
)  # fmt: skip

FIELDS: dict[str, tuple[Field, ...]] = {
    Kind.MEMBERS: (
        *_WHO,
        Field("given_name", _("Given name"), ("voornaam", "roepnaam", "firstname", "givenname")),
        Field(
            "family_name",
            _("Family name"),
            ("achternaam", "naam", "familienaam", "lastname", "surname", "familyname", "name"),
        ),
        Field("language", _("Language"), ("taal", "language", "lang", "locale"), may_be_fixed=True),
        Field(
            "joined_on",
            _("Member since"),
            ("lidsinds", "ingeschreven", "inschrijfdatum", "aanmelddatum", "aangemaakt",
             "membersince", "joinedon", "joined", "joindate", "createdat", "created"),
        ),
        Field(
            "location",
            _("Joined at"),
            ("winkel", "filiaal", "vestiging", "locatie", "store", "shop", "location", "branch"),
            may_be_fixed=True,
        ),
        Field("campaign", _("Campaign"), ("campagne", "campaign", "actie"), may_be_fixed=True),
        Field(
            f"consent:{Purpose.OFFERS}",
            _("Agrees to offers and news"),
            ("nieuwsbrief", "optin", "toestemming", "newsletter", "consent", "marketing",
             "aanbiedingen", "offers"),
        ),
        Field(
            f"consent:{Purpose.PROFILING}",
            _("Agrees to choices that fit them"),
            ("profilering", "personalisatie", "profiling"),
        ),
        Field(f"consent:{Purpose.RESEARCH}", _("Agrees to questions"), ("onderzoek", "research")),
        Field(
            "consent_version",
            _("Which text they agreed to"),
            ("tekstversie", "textversion", "consentversion", "versie"),
            may_be_fixed=True,
            help=_("The version of the text, so that each consent can be shown for what it was."),
        ),
    ),
    Kind.BALANCES: (
        *_WHO,
        Field(
            "points",
            _("Points"),
            ("saldo", "punten", "puntensaldo", "points", "balance", "pointsbalance", "aantal"),
            is_required=True,
        ),
        Field(
            "unit",
            _("What is saved"),
            ("eenheid", "unit", "soort"),
            may_be_fixed=True,
            help=_("The code of what is saved; points when nothing is chosen."),
        ),
        Field(
            "expires_on",
            _("Usable through"),
            ("geldigtot", "geldigtotenmet", "vervaldatum", "vervaltop", "verloopt", "expires",
             "expireson", "expirydate", "expiry", "validuntil"),
            help=_("The last day. Without one they lapse by the programme's own terms."),
        ),
        Field(
            "earned_on",
            _("Earned on"),
            ("gespaardop", "verdiendop", "datum", "earnedon", "earned", "date"),
            help=_("From this day the programme's own terms are counted."),
        ),
        Field(
            "number",
            _("Number of the line"),
            ("volgnummer", "regelnummer", "linenumber", "number", "nummer"),
            help=_("Only for a member with several lines that are the same in all else."),
        ),
    ),
    Kind.HISTORY: (
        *_WHO,
        Field(
            "external_id",
            _("Receipt or order number"),
            ("bonnummer", "bon", "bonnr", "ordernummer", "order", "transactie", "transactienummer",
             "receipt", "receiptnumber", "ordernumber", "orderid", "externalid", "transactionid"),
            is_required=True,
        ),
        Field(
            "occurred_at",
            _("Date and time"),
            ("datum", "datumtijd", "tijdstip", "moment", "besteldatum", "date", "datetime",
             "timestamp", "orderdate", "occurredat"),
            is_required=True,
        ),
        Field("amount", _("Amount of the whole receipt"), ("totaal", "bedrag", "bonbedrag", "total",
              "totalamount", "amount")),
        Field("product", _("Article of the line"), ("artikel", "artikelnummer", "product", "ean",
              "sku", "article", "productid")),
        Field("line_amount", _("Amount of the line"), ("regelbedrag", "artikelbedrag", "lineamount",
              "linetotal", "regeltotaal")),
        Field("quantity", _("Quantity of the line"), ("aantal", "hoeveelheid", "quantity", "qty")),
        Field("category", _("Category"), ("categorie", "groep", "category", "productgroep")),
        Field("brand", _("Brand"), ("merk", "brand")),
        Field("channel", _("Channel"), ("kanaal", "channel"), may_be_fixed=True),
        Field("location", _("Shop"), ("winkel", "filiaal", "vestiging", "locatie", "store", "shop",
              "location", "branch"), may_be_fixed=True),
        Field("source", _("Source"), ("bron", "source", "systeem", "system"), may_be_fixed=True,
              help=_("With the number it names a purchase for ever. Say the till's or the webshop's, if they may send the same purchase.")),
        Field("type", _("What happened"), ("type", "activiteit", "activity"), may_be_fixed=True,
              help=_("purchase, when nothing is chosen.")),
        Field("without_points", _("Points"), may_be_fixed=True),
    ),
}  # fmt: skip


def guess(kind: str, header: Sequence[str]) -> dict[str, str]:
    """Which column each field is likely to be; a column is taken once, the best fit first."""
    words = {column: re.sub(r"[^a-z]", "", column.lower()) for column in header}
    found: dict[str, str] = {}
    for field in FIELDS[kind]:
        free = [column for column in header if column not in found.values()]
        for wanted in field.guesses:
            fits = [column for column in free if words[column] == wanted]
            if fits:
                found[field.key] = fits[0]
                break
    return found


def check_mapping(kind: str, header: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping without what says nothing. Raises MappingRefused with the field that is wrong."""
    chosen = {field: said.strip() for field, said in mapping.items() if said.strip(" =")}
    known = {field.key: field for field in FIELDS[kind]}
    for field, said in chosen.items():
        _check_field(kind, field, known)
        if said.startswith(FIXED):
            _check_fixed(field, said.removeprefix(FIXED), known)
        elif said not in header:
            raise MappingRefused("column_unknown", said, field=field)
    _check_whole(kind, chosen)
    return chosen


def _check_whole(kind: str, chosen: Mapping[str, str]) -> None:
    """Is all there that there has to be?"""
    if not identifier_fields(chosen):
        raise MappingRefused("no_identifier", field="card")
    for spec in FIELDS[kind]:
        if spec.is_required and spec.key not in chosen:
            raise MappingRefused("column_missing", spec.label, field=spec.key)
    if any(field.startswith("consent:") for field in chosen) and "consent_version" not in chosen:
        raise MappingRefused("no_text_version", field="consent_version")
    if kind == Kind.HISTORY and ("product" in chosen) != ("line_amount" in chosen):
        raise MappingRefused("amount_or_lines", field="line_amount")


def identifier_fields(fields: Iterable[str]) -> list[str]:
    """Those by which a member is found, the surest first: card, number elsewhere, e-mail, phone."""
    order = {"card": 0, "ext": 1, "email": 2, "phone": 3}
    found = [field for field in fields if field in IDENTIFIERS or field.startswith("ext:")]
    return sorted(found, key=lambda field: (order[field.partition(":")[0]], field))


def _check_field(kind: str, field: str, known: Mapping[str, Field]) -> None:
    prefixed = _PREFIXED.fullmatch(field)
    fits = field in known or (
        prefixed and (prefixed[1] or kind == Kind.MEMBERS) and not field.startswith("consent:")
    )
    if not fits:
        raise MappingRefused("field_unknown", field, field=field)


def _check_fixed(field: str, said: str, known: Mapping[str, Field]) -> None:
    may = field in known and known[field].may_be_fixed
    if not may or len(said) > LONGEST_FIXED or not said.isprintable():
        raise MappingRefused("constant_wrong", said[:40], field=field)
