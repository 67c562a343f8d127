"""What is in the tables, column by column, read from the models themselves."""

from collections.abc import Iterator, Sequence

import msgspec
from django.db import connection
from django.db.models import Model
from django.utils import translation

from loyalty.services.exports.catalogue import Table, field_of, tables


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column: its type in PostgreSQL, whether it can be empty, and what may stand in it."""

    name: str
    type: str
    is_optional: bool
    means: str


def columns_of(table: Table) -> list[Column]:
    """The columns of a table, in their order."""
    by_model = {each.model: each.name for each in tables()}
    return [_column(table, name, by_model) for name in table.columns]


def dictionary(chosen: Sequence[Table]) -> str:
    """The dictionary as Markdown."""
    return "\n".join(line for table in chosen for line in _told(table))


def _column(table: Table, name: str, by_model: dict[type[Model], str]) -> Column:
    field = field_of(table, name)
    with translation.override("en"):
        choices = [f"`{value}` {label}" for value, label in field.flatchoices]
        said = [table.notes.get(name, str(field.help_text or "")), ", ".join(choices)]
    if field.is_relation and field.related_model in by_model:
        said.append(f"a row of {by_model[field.related_model]}")
    is_far = "__" in table.columns[name]
    return Column(
        name=name,
        type=field.rel_db_type(connection) or "text",
        is_optional=field.null or is_far,
        means="; ".join(each for each in said if each),
    )


def _told(table: Table) -> Iterator[str]:
    yield f"## {table.name}\n"
    yield f"{table.row}\n"
    yield "| column | type | may be empty | what it says |"
    yield "|---|---|---|---|"
    for each in columns_of(table):
        optional = "yes" if each.is_optional else ""
        yield f"| {each.name} | {each.type} | {optional} | {each.means} |"
    yield ""
