from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent / "sql"

# Points lapsed by the programme's number of months; from now on by their unit's own policy.
EXPIRY = """
UPDATE loyalty_unit u
SET expiry = jsonb_build_object('kind', 'term', 'months', p.points_valid_months)
FROM loyalty_programme p
WHERE p.id = u.programme_id AND u.code = 'points' AND p.points_valid_months > 0
  AND u.expiry = '{"kind": "never"}'
"""
MONTHS = """
UPDATE loyalty_programme p SET points_valid_months = (u.expiry->>'months')::smallint
FROM loyalty_unit u
WHERE p.id = u.programme_id AND u.code = 'points' AND u.expiry->>'kind' = 'term'
"""
# Programmes that were opened before points could be given away.
ACCOUNTS = """
INSERT INTO loyalty_account (unit_id, kind, balance, owed, version, opened_at)
SELECT a.unit_id, 'DONATED', 0, 0, 0, a.opened_at FROM loyalty_account a
WHERE a.kind = 'ISSUANCE' AND NOT EXISTS (
    SELECT FROM loyalty_account d WHERE d.unit_id = a.unit_id AND d.kind = 'DONATED')
"""


class Migration(migrations.Migration):
    """Expiry belongs to the unit; services may change standings and tiers."""

    dependencies = [("loyalty", "0010_expiry_warnings")]

    operations = [
        migrations.RunSQL(EXPIRY, MONTHS),
        migrations.RunSQL(ACCOUNTS, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="programme", name="points_valid_months"),
        migrations.AddConstraint(
            model_name="tiermove",
            constraint=models.UniqueConstraint(
                fields=("account", "tier_set", "effective_at", "before", "after"),
                name="tiermove_once",
            ),
        ),
        migrations.RunSQL(
            (SQL / "0011_standings.sql").read_text(),
            (SQL / "0011_standings_drop.sql").read_text(),
        ),
    ]
