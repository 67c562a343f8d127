"""The portal's pages about rewards; config/portal.py joins them with those of members."""

from django.urls import path

from rewards.views.catalogue import rewards
from rewards.views.gifts import gift
from rewards.views.offers import picture, reward
from rewards.views.redemptions import cancel, history, redemption
from rewards.views.stamps import stamps
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
    path("card/code/", own_code, name="own_code"),
    path("stamps/", stamps, name="stamps"),
    path("gifts/<uuid:grant_id>/", gift, name="gift"),
]
