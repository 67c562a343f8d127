from django.db import migrations

FUNCTION = (
    "ledger_post(text, bigint, bigint, bigint, text, text, text, jsonb, text,"
    " timestamptz, timestamptz, timestamptz, timestamptz)"
)


class Migration(migrations.Migration):
    """Plan the ledger's statements by its indexes.

    A session plans them once, perhaps while the tables are still small, and keeps the plans: a
    first load of history would scan a growing table for every purchase.
    """

    dependencies = [("loyalty", "0004_audit_views")]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {FUNCTION} SET enable_seqscan = off;"
            f"ALTER FUNCTION {FUNCTION} SET plan_cache_mode = force_generic_plan",
            f"ALTER FUNCTION {FUNCTION} RESET enable_seqscan;"
            f"ALTER FUNCTION {FUNCTION} RESET plan_cache_mode",
        ),
    ]
