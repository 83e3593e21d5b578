from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.services.passwords import change_password
from common.api import SIGNED_IN, Requires, caller, refusals
from common.errors import Forbidden, Invalid, Unauthenticated
from common.fields import Verbatim
from common.unknown_names import KnownFields


class MeOut(serializers.Serializer[object]):
    id = serializers.CharField()
    type = serializers.ChoiceField(("User", "App"))
    username = serializers.CharField()
    groups = serializers.ListField(child=serializers.CharField())


class Me(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(responses={200: MeOut, **refusals(401)})
    def get(self, request: Request) -> Response:
        groups = sorted(name for kind, name in caller(request).rule_subjects() if kind == "group")
        body = {
            "id": str(caller(request).pk),
            "type": caller(request).subject_type,
            "username": str(caller(request)),
            "groups": groups,
        }
        return Response(body)


class PasswordIn(KnownFields):
    currentPassword = Verbatim()
    newPassword = Verbatim()


class MyPassword(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(request=PasswordIn, responses={200: None, **refusals(400, 401, 403, 409)})
    def post(self, request: Request) -> Response:
        """Change one's own password. Every session ends but the one that asks."""
        user = caller(request)
        if not isinstance(user, User):
            raise Forbidden("not_a_person", "An application has no password. Rotate its secret instead.")
        given = PasswordIn(data=request.data)
        given.is_valid(raise_exception=True)
        session = user.sessions.filter(pk=_session_id(request)).first()
        try:
            change_password(
                user=user,
                current=given.validated_data["currentPassword"],
                new=given.validated_data["newPassword"],
                keep=session,
            )
        except Unauthenticated:
            # The token is good: a 401 would make clients throw it away.
            raise Invalid("wrong_password", "The current password is not right, or was tried too often.") from None
        return Response(status=200)


def _session_id(request: Request) -> Any:
    """Return the session of the access token that asks; `request.auth` is its claims."""
    claims: Any = request.auth
    return claims.get("sid") if claims else None
