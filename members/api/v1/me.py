from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from loyalty.services.rulebook import current_rulebook
from members.api.tokens import AppCaller, MemberAgreed, MemberTokenAuthentication
from members.api.v1.answers import MemberAnswer
from members.api.v1.member import member_answer
from members.app_scopes import LOYALTY


class Me(APIView):
    """The member who signed in to the app: profile, card, balance and tier."""

    authentication_classes = (MemberTokenAuthentication,)
    permission_classes = (MemberAgreed,)
    scopes = {"GET": LOYALTY}
    operations = {"GET": Operation(id="get_me", answers={200: MemberAnswer})}

    def get(self, request: Request) -> HttpResponse:
        query(request)
        if not isinstance(request.user, AppCaller):
            raise NotAuthenticated
        membership = request.user.membership
        book = current_rulebook(programme_id=membership.programme_id)
        return answered(member_answer(book, membership, at=timezone.now()))
