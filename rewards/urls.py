"""The portal's pages about rewards; config/portal.py joins them with those of members."""

from django.urls import path

from rewards.views.catalogue import redemption, reward, rewards

urlpatterns = [
    path("rewards/", rewards, name="rewards"),
    path("rewards/<slug:key>/", reward, name="reward"),
    path("redemptions/<uuid:redemption_id>/", redemption, name="redemption"),
]
