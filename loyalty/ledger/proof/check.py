"""One promise of the audit."""

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One promise. `sql` returns the rows that break it, none when all is well.

    `over` is the relation whose rows it looks at. In the query `%(app_role)s` stands for the role
    that the application acts as, so a plain percent sign is written twice.
    """

    name: str
    promise: str
    over: str
    sql: str
