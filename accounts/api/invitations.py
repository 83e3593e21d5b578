from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.ports.authority import authority
from accounts.services.invitations import invite_again
from common.api import Needs, Requires, caller, refusals
from common.errors import NotFound
from common.unknown_names import KnownFields


class InvitationIn(KnownFields):
    notify = serializers.BooleanField(required=False, default=False, help_text="Mail the link to them.")


class InvitationOut(serializers.Serializer[object]):
    link = serializers.CharField(source="address", help_text="Shown this once; whoever opens it chooses the password.")
    expiresAt = serializers.DateTimeField(source="expires_at")


class UserInvitation(APIView):
    requires: ClassVar[Requires] = {"POST": Needs("users", "update")}

    @extend_schema(request=InvitationIn, responses={200: InvitationOut, 204: None, **refusals(400, 401, 403, 404, 409)})
    def post(self, request: Request, pk: Any) -> Response:
        """Invite a user who has not signed in yet once more. With `notify` the link is mailed, and not answered."""
        given = InvitationIn(data=request.data)
        given.is_valid(raise_exception=True)
        user: User | None = authority().visible_users(caller(request)).filter(pk=pk).first()
        if user is None:
            raise NotFound("not_found", "No user has this id, or none that you may see.")
        link = invite_again(actor=caller(request), user=user, by_mail=given.validated_data["notify"])
        if link is None:
            return Response(status=204)
        return Response(InvitationOut(link).data, headers={"Cache-Control": "no-store"})
