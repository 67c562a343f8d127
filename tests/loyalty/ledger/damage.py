"""What nobody should do to the books, and what the audit then says."""

from django.db import connection

from loyalty.services.audit import audit


def damage(*statements: str) -> None:
    """Run these as the database's superuser, with the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE; SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT; SET ROLE trouw_app")


def differences(*, quick: bool = False) -> dict[str, int]:
    """How many rows break a promise, by the promises that are broken."""
    found = audit(quick=quick)
    return {finding.name: finding.differences for finding in found if finding.differences}
