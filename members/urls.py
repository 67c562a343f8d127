"""The portal's pages about the member; config/portal.py joins them with those of rewards."""

from django.urls import path

from members.views.brand import brand_icon, brand_icon_png, brand_logo, brand_sheet
from members.views.card import card
from members.views.claim import claim, claim_by_link
from members.views.completing import Complete
from members.views.consents import consents
from members.views.earn import earn
from members.views.help import help_page
from members.views.home import home
from members.views.join_links import join_link
from members.views.joining import join
from members.views.language import choose_language
from members.views.me import details, me
from members.views.messages import message, message_box, read_all
from members.views.passes import Changed, Latest, Log, Registration, apple_pass, google_pass
from members.views.preferences import preferences
from members.views.privacy import delete, download, export_key, privacy
from members.views.pwa import manifest, offline, service_worker
from members.views.questions import forget_answer, put_off, question, questions
from members.views.security import end_all, end_session, leave_app, security
from members.views.statement import show_statement, statement_file
from members.views.till_join import till_join, till_joined

urlpatterns = [
    path("", home, name="home"),
    path("card/", card, name="card"),
    path("card/apple.pkpass", apple_pass, name="apple_pass"),
    path("card/google/", google_pass, name="google_pass"),
    path(
        "wallet/apple/v1/devices/<str:device>/registrations/<str:pass_type>/<uuid:serial>",
        Registration.as_view(),
        name="pass_registration",
    ),
    path(
        "wallet/apple/v1/devices/<str:device>/registrations/<str:pass_type>",
        Changed.as_view(),
        name="passes_changed",
    ),
    path(
        "wallet/apple/v1/passes/<str:pass_type>/<uuid:serial>",
        Latest.as_view(),
        name="pass_latest",
    ),
    path("wallet/apple/v1/log", Log.as_view(), name="pass_log"),
    path("earn/", earn, name="earn"),
    path("statement/", show_statement, name="statement"),
    path("statement.csv", statement_file, name="statement_file"),
    path("messages/", message_box, name="messages"),
    path("messages/<int:message_id>/", message, name="message"),
    path("messages/read/", read_all, name="read_messages"),
    path("help/", help_page, name="help"),
    path("claim/", claim, name="claim"),
    path("claim/<str:token>/", claim_by_link, name="claim_by_link"),
    path("me/", me, name="me"),
    path("me/details/", details, name="details"),
    path("me/consents/", consents, name="consents"),
    path("me/questions/", questions, name="questions"),
    path("me/questions/<slug:key>/", question, name="question"),
    path("me/questions/<slug:key>/later/", put_off, name="put_off"),
    path("me/questions/<slug:key>/delete/", forget_answer, name="forget_answer"),
    path("me/preferences/", preferences, name="preferences"),
    path(".well-known/trouw-export-key", export_key, name="export_key"),
    path("me/privacy/", privacy, name="privacy"),
    path("me/privacy/download/", download, name="download"),
    path("me/privacy/delete/", delete, name="delete"),
    path("me/security/", security, name="security"),
    path("me/security/sessions/<int:session_id>/end/", end_session, name="end_session"),
    path("me/security/sessions/end/", end_all, name="end_all_sessions"),
    path("me/security/apps/<str:client_id>/leave/", leave_app, name="leave_app"),
    path("join/", join, name="join"),
    path("join/complete/<str:token>/", Complete.as_view(), name="complete"),
    path("j/<slug:key>/", join_link, name="join_link"),
    path("till/join/", till_join, name="till_join"),
    path("till/join/done/", till_joined, name="till_joined"),
    path("language/", choose_language, name="language"),
    path("brand.css", brand_sheet, name="brand"),
    path("icon.svg", brand_icon, name="icon"),
    path("icon-<int:size>.png", brand_icon_png, name="icon_png"),
    path("logo.png", brand_logo, name="logo"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("sw.js", service_worker, name="service_worker"),
    path("offline/", offline, name="offline"),
]
