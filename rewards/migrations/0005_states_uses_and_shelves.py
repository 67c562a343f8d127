"""What there was before takes the new shape: states, the log of uses, what is left on shelves."""

from django.db import migrations

FORWARD = """
UPDATE rewards_voucher v SET reward_id = r.reward_id, uses = CASE v.state WHEN 'USED' THEN 1 ELSE 0 END
  FROM rewards_redemption r WHERE r.id = v.redemption_id;

INSERT INTO rewards_voucheruse
  (voucher_id, basket, channel, location, actor, request_key, fingerprint, is_offline, used_at,
   rolled_back_by)
SELECT v.id, '', '', v.used_location, v.used_by,
       CASE v.used_key WHEN '' THEN 'voucher:' || v.id ELSE v.used_key END, '', false, v.used_at, ''
  FROM rewards_voucher v WHERE v.state = 'USED';

UPDATE rewards_redemption r SET state = 'FULFILLED'
  FROM rewards_voucher v WHERE v.redemption_id = r.id AND v.state = 'USED';

INSERT INTO rewards_redemptionstep (redemption_id, number, name, params, actor, at)
SELECT r.id, 1, 'CAPTURED', '{}', r.actor, r.redeemed_at FROM rewards_redemption r;

INSERT INTO rewards_redemptionstep (redemption_id, number, name, params, actor, at)
SELECT r.id, 2, 'FULFILLED', '{}', v.used_by, v.used_at
  FROM rewards_redemption r JOIN rewards_voucher v ON v.redemption_id = r.id
 WHERE v.state = 'USED';

INSERT INTO rewards_shelf (stock_id, place, "left")
SELECT id, 0, total - taken FROM rewards_stock;
"""


class Migration(migrations.Migration):
    dependencies = [("rewards", "0004_catalogue_and_tills")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
