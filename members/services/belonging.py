"""To which programmes a member belongs, for those who may be told of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Q

from loyalty.events import finds_programmes
from members.models import Membership


@finds_programmes
def of_members(subjects: Collection[UUID]) -> Mapping[UUID, Collection[int]]:
    """Members and holders belong to the programmes that they joined."""
    found: dict[UUID, set[int]] = defaultdict(set)
    rows = Membership.objects.filter(Q(member__in=subjects) | Q(holder__in=subjects))
    for member, holder, programme in rows.values_list("member", "holder", "programme"):
        for each in {member, holder} & set(subjects):
            found[each].add(programme)
    return found
