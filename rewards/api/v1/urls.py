from django.urls import path

from rewards.api.v1.offline import TillJournal, TillPack
from rewards.api.v1.quotes import Quotes
from rewards.api.v1.redemptions import (
    CancelRedemption,
    CaptureRedemption,
    OneRedemption,
    Redemptions,
)
from rewards.api.v1.rewards import Rewards
from rewards.api.v1.till import (
    TillCancel,
    TillCommit,
    TillLookup,
    TillQuote,
    TillReconciliation,
)
from rewards.api.v1.vouchers import VoucherCheck, VoucherRelease, VoucherReserve, VoucherUse

urlpatterns = [
    path("rewards", Rewards.as_view(), name="rewards"),
    path("redemptions", Redemptions.as_view(), name="redemptions"),
    path("redemptions/<uuid:redemption_id>", OneRedemption.as_view(), name="redemption"),
    path(
        "redemptions/<uuid:redemption_id>/capture",
        CaptureRedemption.as_view(),
        name="redemption-capture",
    ),
    path(
        "redemptions/<uuid:redemption_id>/cancel",
        CancelRedemption.as_view(),
        name="redemption-cancel",
    ),
    path("vouchers/check", VoucherCheck.as_view(), name="voucher-check"),
    path("vouchers/use", VoucherUse.as_view(), name="voucher-use"),
    path("vouchers/reserve", VoucherReserve.as_view(), name="voucher-reserve"),
    path("vouchers/release", VoucherRelease.as_view(), name="voucher-release"),
    path("quotes", Quotes.as_view(), name="quotes"),
    path("till/lookup", TillLookup.as_view(), name="till-lookup"),
    path("till/quote", TillQuote.as_view(), name="till-quote"),
    path("till/commit", TillCommit.as_view(), name="till-commit"),
    path("till/cancel", TillCancel.as_view(), name="till-cancel"),
    path("till/reconciliation", TillReconciliation.as_view(), name="till-reconciliation"),
    path("till/pack", TillPack.as_view(), name="till-pack"),
    path("till/journal", TillJournal.as_view(), name="till-journal"),
]
