from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.users import user_named
from accounts.services.cutting import cut_access
from common.api import Needs, Requires, caller, refusals
from common.unknown_names import KnownFields


class CutAccessIn(KnownFields):
    disable = serializers.BooleanField(default=True, help_text="Disable the user, who can't sign in again then.")
    applications = serializers.BooleanField(
        default=False,
        help_text="Disable the applications that the user registered, and delete their initial access tokens.",
    )


class LivesOnOut(serializers.Serializer[object]):
    where = serializers.CharField()
    clusterId = serializers.CharField(source="cluster_id", help_text="Empty for what is no cluster.")
    until = serializers.DateTimeField(allow_null=True, help_text="At the latest; null: until somebody ends it.")
    why = serializers.CharField()


class EndedOut(serializers.Serializer[object]):
    kind = serializers.CharField()
    count = serializers.IntegerField()


class CutAccessOut(serializers.Serializer[object]):
    disabled = serializers.BooleanField()
    ended = EndedOut(many=True)
    livesOn = LivesOnOut(many=True)
    auditEventId = serializers.IntegerField(help_text="The event of the audit log that keeps this report.")


class UserCutAccess(APIView):
    """End everything that a user was given, now, and report what was cut and what can still live until when."""

    requires: ClassVar[Requires] = {"POST": Needs("users", "update")}

    @extend_schema(request=CutAccessIn, responses={200: CutAccessOut, **refusals(400, 401, 403, 404, 409)})
    def post(self, request: Request, pk: Any) -> Response:
        given = CutAccessIn(data=request.data)
        given.is_valid(raise_exception=True)
        report = cut_access(actor=caller(request), user=user_named(request, pk), **given.validated_data)
        body = {
            "disabled": report.disabled,
            "ended": [{"kind": kind, "count": count} for kind, count in report.ended.items()],
            "livesOn": LivesOnOut(report.lives_on, many=True).data,
            "auditEventId": report.event_id,
        }
        return Response(body)
