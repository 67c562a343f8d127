"""Many rows written back in one short statement, and many keys asked for in one parameter.

Django's own bulk_update writes a CASE of each row into the statement: at hundreds of rows most of
the time goes into making and reading its text.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import RawSQL


def rewrite(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Write these fields of the rows, all of one model, as they stand now. No rows: nothing."""
    if not rows:
        return
    of = rows[0]._meta
    by_name = {field.name: field for field in of.concrete_fields}
    columns = [of.pk, *(by_name[name] for name in fields)]
    names = [connection.ops.quote_name(column.attname) for column in columns]
    arrays = ", ".join(f"%s::{column.db_type(connection)}[]" for column in columns)
    settings = ", ".join(f"{name} = v.{name}" for name in names[1:])
    statement = (
        f"UPDATE {connection.ops.quote_name(of.db_table)} t SET {settings}"  # noqa: S608  own words
        f" FROM unnest({arrays}) AS v ({', '.join(names)}) WHERE t.{names[0]} = v.{names[0]}"
    )
    values = [
        [column.get_db_prep_save(getattr(row, column.attname), connection) for row in rows]
        for column in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def among(keys: Iterable[Any], kind: str) -> RawSQL:
    """The keys as a question for `__in`; `kind` is their type in the database."""
    return RawSQL(f"SELECT unnest(%s::{kind}[])", [list(keys)])  # noqa: S611  own words
