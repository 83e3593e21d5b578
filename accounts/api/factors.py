from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.users import user_named
from accounts.models import FactorKind
from accounts.services.factors import reset_factors
from common.api import Needs, Requires, caller, refusals


class FactorOut(serializers.Serializer[object]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(FactorKind.values)
    name = serializers.CharField()
    createdAt = serializers.DateTimeField(source="created_at")
    lastUsedAt = serializers.DateTimeField(source="last_used_at", allow_null=True)


class UserFactors(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("users", "read"), "DELETE": Needs("users", "update")}

    @extend_schema(responses={200: FactorOut(many=True), **refusals(401, 403, 404)})
    def get(self, request: Request, pk: Any) -> Response:
        return Response(FactorOut(user_named(request, pk).factors.all(), many=True).data)

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 409)})
    def delete(self, request: Request, pk: Any) -> Response:
        """Remove all second factors and recovery codes of somebody who lost them; every session of theirs ends."""
        reset_factors(actor=caller(request), user=user_named(request, pk))
        return Response(status=204)
