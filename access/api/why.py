from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.catalog import ACTIONS, RESOURCE_TYPES
from access.explanations import sentences
from access.models import Scope
from access.services import permitted, why
from common.api import SIGNED_IN, Requires, caller, refusals
from common.errors import NotFound


class WhyIn(serializers.Serializer[object]):
    action = serializers.ChoiceField(ACTIONS)
    resourceType = serializers.ChoiceField(list(RESOURCE_TYPES))
    scopeId = serializers.CharField(max_length=36)


class WhyOut(serializers.Serializer[object]):
    allowed = serializers.BooleanField()
    explanation = serializers.ListField(child=serializers.CharField())


def scope_names(scope: Scope) -> dict[str, str]:
    return dict(Scope.objects.filter(pk__in=scope.path.split("/")).values_list("pk", "name"))


class Why(APIView):
    """Whether the caller may do something, and by which access rules: decided by the code that enforces it."""

    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(parameters=[WhyIn], responses={200: WhyOut, **refusals(400, 401, 404)})
    def get(self, request: Request) -> Response:
        asked = WhyIn(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        resource_type = asked.validated_data["resourceType"]
        scope = _known_scope(request, asked.validated_data["scopeId"])
        explanation = why(caller(request), asked.validated_data["action"], resource_type, scope)
        return Response({"allowed": explanation.allowed, "explanation": sentences(explanation, scope_names(scope))})


def _known_scope(request: Request, scope_id: str) -> Scope:
    for resource_type in ("tenant", "cluster", "department", "project"):
        scope = permitted(caller(request), "read", resource_type).filter(pk=scope_id).first()
        if scope is not None:
            return scope
    raise NotFound("no_such_scope", "No scope has this scopeId, or none that you may see.")
