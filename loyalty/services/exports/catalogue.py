"""The tables that a data team may have: every one named with its columns, and nothing else.

Names, addresses, codes and free text of persons are in none of them: a member is their id.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import models


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table as it leaves the house: what a row is, and each column with its path in the model."""

    name: str
    model: type[models.Model]
    row: str  # what a row is, in a sentence
    columns: Mapping[str, str]
    notes: Mapping[str, str] = {}  # of columns whose name does not say it all


_tables: dict[str, Table] = {}


def register_tables(*tables: Table) -> None:
    """Offer these tables; done when an app starts. Raises ValueError for a name that is taken."""
    for table in tables:
        if table.name in _tables:
            raise ValueError(f"there is a table {table.name} already")
        _tables[table.name] = table


def tables() -> list[Table]:
    """All of them, by name."""
    return [_tables[name] for name in sorted(_tables)]


def same(*columns: str) -> dict[str, str]:
    """Columns that are called what the model calls them."""
    return {column: column for column in columns}


def selecting(table: Table, where: str = "") -> str:
    """The SELECT of its columns, in their order and under their names.

    `where` is a condition in SQL on the model's own table.
    """
    rows: models.QuerySet[Any] = models.QuerySet(table.model)
    query, _params = rows.values_list(*table.columns.values()).query.sql_with_params()
    names = ", ".join(f'"{column}"' for column in table.columns)
    asked = f" WHERE {where}" if where else ""
    return f"SELECT * FROM ({query}{asked}) AS t ({names})"  # noqa: S608  names are our own


def field_of(table: Table, column: str) -> "models.Field[Any, Any]":
    """The field behind a column, over the relations on its path."""
    *relations, last = table.columns[column].split("__")
    model: Any = table.model
    for relation in relations:
        model = model._meta.get_field(relation).related_model
    field: models.Field[Any, Any] = model._meta.get_field(last)
    return field
