"""The portal's pages about rewards; config/portal.py joins them with those of members."""

from django.urls import path

from rewards.views.catalogue import rewards
from rewards.views.gifts import gift
from rewards.views.offers import picture, reward
from rewards.views.passes import apple, google
from rewards.views.redemptions import cancel, history, redemption
from rewards.views.stamps import stamps
from rewards.views.till import till, till_choose, till_next, till_sale, till_scan, till_undo
from rewards.views.till_line import till_journal, till_offline, till_pack, till_worker
from rewards.views.vouchers import own_code, short_code, vouchers

urlpatterns = [
    path("rewards/", rewards, name="rewards"),
    path("rewards/history/", history, name="reward_history"),
    path("rewards/<slug:key>/", reward, name="reward"),
    path("rewards/<slug:key>/picture.webp", picture, name="reward_picture"),
    path("redemptions/<uuid:redemption_id>/", redemption, name="redemption"),
    path("redemptions/<uuid:redemption_id>/cancel/", cancel, name="redemption_cancel"),
    path("vouchers/", vouchers, name="vouchers"),
    path("vouchers/<uuid:voucher_id>/code/", short_code, name="voucher_code"),
    path("vouchers/<uuid:voucher_id>/pass.pkpass", apple, name="voucher_apple"),
    path("vouchers/<uuid:voucher_id>/google/", google, name="voucher_google"),
    path("card/code/", own_code, name="own_code"),
    path("stamps/", stamps, name="stamps"),
    path("gifts/<uuid:grant_id>/", gift, name="gift"),
    path("till/", till, name="till"),
    path("till/which/", till_choose, name="till_choose"),
    path("till/scan/", till_scan, name="till_scan"),
    path("till/next/", till_next, name="till_next"),
    path("till/sale/", till_sale, name="till_sale"),
    path("till/undo/", till_undo, name="till_undo"),
    path("till/offline/", till_offline, name="till_offline"),
    path("till/pack.json", till_pack, name="till_pack"),
    path("till/journal/", till_journal, name="till_journal"),
    path("till/sw.js", till_worker, name="till_worker"),
]
