"""A member who brings along what another house has signed: who they are, and what they held."""

import zipfile
from datetime import datetime
from typing import IO, Any

import msgspec
from django.db import transaction

from loyalty.errors import InvalidRequest
from loyalty.models import Unit
from loyalty.services.brought import BroughtLot, bring_lot
from loyalty.services.opening_balances import accounts_for
from members.errors import IdentifierTaken
from members.models import Membership
from members.selectors import find_membership
from members.services.enrolment import enrol_member
from members.services.export import DATA, KEY, SCHEMA, SIGNATURE, Export
from members.services.signing import is_signed

_LARGEST = 512 * 1024 * 1024


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is here, and how many points of each unit came along now."""

    membership: Membership
    points: dict[str, int]


def read_export(file: IO[bytes], *, key: str = "") -> Export:
    """What an export says, when its signature is good. `key` is the house's that signed it.

    Without one, the export's own key is believed, which proves only that nothing was changed. Raises
    InvalidRequest when it is no export, or the signature is not that of these data by that key.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            if sum(each.file_size for each in packed.infolist()) > _LARGEST:
                raise InvalidRequest("The export is too large.", field="file")
            data, said = packed.read(DATA), packed.read(SIGNATURE).decode()
            key = key or packed.read(KEY).decode()
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as problem:
        raise InvalidRequest("This is no export.", field="file") from problem
    if not is_signed(data, said, key=key):
        raise InvalidRequest("The signature is not that of these data.", field="file")
    try:
        export = msgspec.json.decode(data, type=Export)
    except msgspec.DecodeError as problem:
        raise InvalidRequest("This is no export.", field="file") from problem
    if export.schema != SCHEMA:
        raise InvalidRequest(f"{export.schema} is not known here.", field="file")
    return export


@transaction.atomic
def import_export(*, programme_id: int, export: Export, actor: str, at: datetime) -> Brought:
    """Make the member (or find them by what finds them) and book what they held, lot by lot.

    Each lot keeps its dates and comes once, ever; what has lapsed does not, nor units that this
    programme has not. What they agreed to elsewhere they have not agreed to here. Raises what
    joining and booking refuse; then nothing was written.
    """
    membership = _member(programme_id, export, actor, at)
    points: dict[str, int] = {}
    for unit in Unit.objects.filter(programme_id=programme_id):
        for lot in _lots(export, unit.code, at):
            accounts = accounts_for(unit_id=unit.pk, holders=[membership.holder], at=at)
            account_id, _is_closed = accounts[membership.holder]
            key = f"{export.member}:{lot.id}"
            if bring_lot(account_id=account_id, lot=lot, key=key, actor=actor, at=at):
                points[unit.code] = points.get(unit.code, 0) + lot.remaining
    return Brought(membership=membership, points=points)


def _member(programme_id: int, export: Export, actor: str, at: datetime) -> Membership:
    who = next(iter(_rows(export, "who")), {})
    finds = [_identifier(row) for row in _rows(export, "identifiers")]
    try:
        with transaction.atomic():
            return enrol_member(
                programme_id=programme_id,
                identifiers=finds,
                given_name=who.get("given_name", ""),
                family_name=who.get("family_name", ""),
                language=who.get("language", "nl"),
                touchpoint="import",
                actor=actor,
                at=at,
            )
    except IdentifierTaken:
        return find_membership(programme_id, finds[0])


def _identifier(row: dict[str, str]) -> str:
    kind = row["kind"].lower()
    return f"ext:{row['system']}:{row['value']}" if kind == "external" else f"{kind}:{row['value']}"


def _lots(export: Export, unit: str, at: datetime) -> list[BroughtLot]:
    found = [
        msgspec.convert(lot, BroughtLot, strict=False)
        for row in _rows(export, "statement")
        if row["unit"] == unit
        for lot in row["lots"]
    ]
    return [lot for lot in found if lot.expires_at is None or lot.expires_at > at]


def _rows(export: Export, key: str) -> list[dict[str, Any]]:
    return [row for section in export.sections if section.key == key for row in section.rows]
