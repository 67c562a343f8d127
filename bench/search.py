"""How quickly the desk finds one of a million members, and opens the list: `python -m bench.search`.

The members are inserted set-based; what is measured is the console's own queries, as the application
role, with what Django makes of them.
"""

import argparse
import time

import msgspec

from bench.stage import Stage, stage
from bench.table import print_table

GIVEN = [
    "Anna",
    "Jan",
    "Maria",
    "Piet",
    "Johanna",
    "Kees",
    "Zoë",
    "Daan",
    "Emma",
    "Sem",
    "Julia",
    "Lucas",
    "Mila",
    "Finn",
    "Tess",
    "Levi",
    "Sara",
    "Noah",
    "Eva",
    "Bram",
    "Lotte",
    "Thijs",
    "Fleur",
    "Sven",
    "Sanne",
    "Ruben",
    "Femke",
    "Lars",
    "Iris",
    "Joost",
    "André",
    "Chloé",
    "Jürgen",
    "Özlem",
]
FAMILY = [
    "de Jong",
    "Jansen",
    "de Vries",
    "van den Berg",
    "van Dijk",
    "Bakker",
    "Janssen",
    "Visser",
    "Smit",
    "Meijer",
    "de Boer",
    "Mulder",
    "de Groot",
    "Bos",
    "Vos",
    "Peters",
    "Hendriks",
    "van Leeuwen",
    "Dekker",
    "Brouwer",
    "de Wit",
    "Dijkstra",
    "Smits",
    "de Graaf",
    "van der Meer",
    "van der Linden",
    "Kok",
    "Jacobs",
    "de Haan",
    "Vermeulen",
    "van den Heuvel",
    "van der Veen",
    "Müller",
]
FILL = """
INSERT INTO members_member (id, given_name, family_name, language)
SELECT ('01920000-' || lpad(to_hex(n / 65536), 4, '0') || '-7' || lpad(to_hex(n %% 4096), 3, '0')
        || '-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       (%(given)s::text[])[(1 + (n * 7919) %% %(givens)s)::int],
       (%(family)s::text[])[(1 + (n * 104729 / 13) %% %(families)s)::int] || CASE WHEN n %% 5 = 0 THEN
           '-' || initcap(substr(md5(n::text), 1, 6)) ELSE '' END, 'nl'
FROM generate_series(1::bigint, %(members)s) n;
"""
JOIN = """
INSERT INTO members_membership (member_id, programme_id, holder, joined_at, joined_through,
    joined_location)
SELECT m.id, p.id, md5(m.id::text)::uuid, now() - make_interval(mins => row_number() OVER
    (ORDER BY m.id DESC)::int), (ARRAY['api', 'portal', 'poster', 'till'])[(1 + n % 4)::int],
    CASE WHEN n % 3 = 0 THEN 'Utrecht' ELSE '' END
FROM (SELECT id, ('x' || right(id::text, 12))::bit(48)::bigint AS n FROM members_member
      WHERE right(id::text, 17) LIKE '8000-%') m, loyalty_programme p;
"""
IDENTIFY = """
INSERT INTO members_identifier (member_id, kind, system, value)
SELECT m.id, k.kind, k.system, CASE k.kind
    WHEN 'CARD' THEN '299' || lpad(m.n::text, 10, '0')
    WHEN 'EMAIL' THEN lower(regexp_replace(m.given_name, '[^A-Za-z]', '', 'g')) || m.n
        || '@example.nl'
    WHEN 'PHONE' THEN '+316' || lpad(m.n::text, 8, '0') ELSE 'K' || lpad(m.n::text, 8, '0') END
FROM (SELECT id, given_name, ('x' || right(id::text, 12))::bit(48)::bigint AS n
      FROM members_member WHERE right(id::text, 17) LIKE '8000-%') m
CROSS JOIN (VALUES ('CARD', ''), ('EMAIL', ''), ('PHONE', ''), ('EXTERNAL', 'crm')) k (kind, system)
"""
OPEN = """
INSERT INTO loyalty_account (unit_id, kind, holder, balance, version, opened_at)
SELECT u.id, 'MEMBER', s.holder, 0, 0, now() FROM members_membership s
JOIN loyalty_unit u ON u.programme_id = s.programme_id AND u.code = 'points'
WHERE NOT EXISTS (SELECT FROM loyalty_account a WHERE a.unit_id = u.id AND a.holder = s.holder)
"""


def main() -> None:
    """Set the stage, fill it, and let a process of its own measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--members", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=40)
    said = asked.parse_args()
    with stage(members=10) as place:
        began = time.perf_counter()
        fill(place, said.members)
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
        told = place.run("-m", "bench.search_asks", str(said.members), str(said.rounds))
    rows = msgspec.json.decode(told, type=list[list[str]])
    head = ("asked", "rows", "database p50 ms", "p95 ms", "whole page p50 ms", "p95 ms")
    print_table(f"Finding members among {said.members:,}", head, rows)


def fill(place: Stage, members: int) -> None:
    """So many members, each with a card, an address, a telephone and a number elsewhere."""
    names = {"given": GIVEN, "givens": len(GIVEN), "family": FAMILY, "families": len(FAMILY)}
    with place.connect_as_owner() as connection:
        connection.execute(FILL, {**names, "members": members})
        connection.execute(JOIN)
        connection.execute(IDENTIFY)
        connection.execute(OPEN)
    with place.connect_as_owner() as connection:
        connection.autocommit = True
        for table in ("members_member", "members_membership", "members_identifier"):
            connection.execute(f"VACUUM ANALYZE {table}")
        connection.execute("ANALYZE loyalty_account")
    place.settle()


if __name__ == "__main__":
    main()
