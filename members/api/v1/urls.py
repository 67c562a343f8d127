from django.urls import path

from members.api.v1.activities import Activities
from members.api.v1.batch import ActivitiesBatch
from members.api.v1.explanation import ActivityExplanation
from members.api.v1.fulfilment import ActivityFulfilment
from members.api.v1.member import MemberById
from members.api.v1.members import Members
from members.api.v1.statement import MemberStatement
from members.api.v1.timeline import MemberTimeline

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
    path("members", Members.as_view(), name="members"),
    path("members/<uuid:member_id>", MemberById.as_view(), name="member"),
    path("members/<uuid:member_id>/statement", MemberStatement.as_view(), name="statement"),
    path("members/<uuid:member_id>/timeline", MemberTimeline.as_view(), name="timeline"),
]
