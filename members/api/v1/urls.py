from django.urls import path

from members.api.v1.activities import Activities
from members.api.v1.batch import ActivitiesBatch
from members.api.v1.consents import MemberConsents
from members.api.v1.explanation import ActivityExplanation
from members.api.v1.fulfilment import ActivityFulfilment
from members.api.v1.guest_sales import GuestSales
from members.api.v1.identifiers import BlockedIdentifiers, MemberIdentifier, MemberIdentifiers
from members.api.v1.me import Me
from members.api.v1.member import MemberById
from members.api.v1.members import Members
from members.api.v1.merging import MemberMerge, MergeParted
from members.api.v1.profile_answers import MemberAnswers
from members.api.v1.statement import MemberStatement
from members.api.v1.timeline import MemberTimeline
from members.api.v1.visitors import VisitorById, VisitorDeeds, VisitorMember, Visitors

urlpatterns = [
    path("activities", Activities.as_view(), name="activities"),
    path("activities/batch", ActivitiesBatch.as_view(), name="activities-batch"),
    path(
        "activities/<uuid:activity_id>/explanation",
        ActivityExplanation.as_view(),
        name="activity-explanation",
    ),
    path(
        "activities/<uuid:activity_id>/fulfilment",
        ActivityFulfilment.as_view(),
        name="activity-fulfilment",
    ),
    path("guest-sales", GuestSales.as_view(), name="guest-sales"),
    path("visitors", Visitors.as_view(), name="visitors"),
    path("visitors/<uuid:visitor_id>", VisitorById.as_view(), name="visitor"),
    path("visitors/<uuid:visitor_id>/deeds", VisitorDeeds.as_view(), name="visitor-deeds"),
    path("visitors/<uuid:visitor_id>/member", VisitorMember.as_view(), name="visitor-member"),
    path("me", Me.as_view(), name="me"),
    path("members", Members.as_view(), name="members"),
    path("members/<uuid:member_id>", MemberById.as_view(), name="member"),
    path("members/<uuid:member_id>/consents", MemberConsents.as_view(), name="consents"),
    path("members/<uuid:member_id>/answers", MemberAnswers.as_view(), name="answers"),
    path("members/<uuid:member_id>/identifiers", MemberIdentifiers.as_view(), name="identifiers"),
    path(
        "members/<uuid:member_id>/identifiers/<int:identifier_id>",
        MemberIdentifier.as_view(),
        name="identifier",
    ),
    path(
        "members/<uuid:member_id>/identifiers/block",
        BlockedIdentifiers.as_view(),
        name="blocked-identifiers",
    ),
    path("members/<uuid:member_id>/merge", MemberMerge.as_view(), name="merge"),
    path("merges/<uuid:merge_id>/part", MergeParted.as_view(), name="part-merge"),
    path("members/<uuid:member_id>/statement", MemberStatement.as_view(), name="statement"),
    path("members/<uuid:member_id>/timeline", MemberTimeline.as_view(), name="timeline"),
]
