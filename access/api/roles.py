from collections.abc import Collection, Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access import decisions
from access.catalog import ACTIONS, RESOURCE_TYPES, Role, roles
from access.models import Scope, ScopeType
from access.services import rule_set_of
from common.api import SIGNED_IN, Needs, Requires, caller, refusals
from common.errors import NotFound
from common.unknown_names import KnownFields


class PermissionOut(serializers.Serializer[object]):
    resourceType = serializers.CharField()
    displayName = serializers.CharField()
    groupId = serializers.CharField()
    actions = serializers.ListField(child=serializers.ChoiceField(ACTIONS))


class RoleOut(serializers.Serializer[object]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    permissions = PermissionOut(many=True)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    createdBy = serializers.CharField()
    custom = serializers.BooleanField()
    effectiveEnabled = serializers.BooleanField()


# Built-in roles came with the product: their dates say nothing, and the published schema wants some.
BUILT_IN_SINCE = "2026-01-01T00:00:00Z"


def permission_rows(held: Mapping[str, Collection[str]]) -> list[dict[str, object]]:
    """Every resource type with what is held of it; one that is listed with no actions is withheld on purpose."""
    return [
        {
            "resourceType": type_.name,
            "displayName": type_.display_name,
            "groupId": type_.group_id,
            "actions": [action for action in ACTIONS if action in held.get(type_.name, ())],
        }
        for type_ in RESOURCE_TYPES.values()
    ]


def role_body(role: Role) -> dict[str, object]:
    return {
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "permissions": permission_rows(role.permissions),
        "createdAt": BUILT_IN_SINCE,
        "updatedAt": BUILT_IN_SINCE,
        "createdBy": "runai-identity",
        "custom": False,
        "effectiveEnabled": True,
    }


class RoleList(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("roles", "read")}

    @extend_schema(responses={200: RoleOut(many=True), **refusals(401, 403)})
    def get(self, request: Request) -> Response:
        return Response([role_body(role) for role in roles().values()])


class RoleDetail(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("roles", "read")}

    @extend_schema(responses={200: RoleOut, **refusals(401, 403, 404)})
    def get(self, request: Request, role_id: int) -> Response:
        role = roles().get(role_id)
        if role is None:
            raise NotFound("not_found", "No role has this id.")
        return Response(role_body(role))


class PermissionList(APIView):
    """List what the caller may do somewhere, over all scopes together."""

    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(responses={200: PermissionOut(many=True), **refusals(401)})
    def get(self, request: Request) -> Response:
        return Response(permission_rows(decisions.permissions_anywhere(rule_set_of(caller(request)))))


class PermittedScopesIn(KnownFields):
    resourceType = serializers.ChoiceField(list(RESOURCE_TYPES))
    action = serializers.ChoiceField(ACTIONS, required=False, allow_null=True)


class PermittedScopesOf(serializers.Serializer[object]):
    """Empty, without so much as a list, for an action that was not asked about."""

    system = serializers.BooleanField(required=False)
    tenants = serializers.ListField(child=serializers.CharField(), required=False)
    tenant = serializers.CharField(required=False)
    clusters = serializers.ListField(child=serializers.CharField(), required=False)
    departments = serializers.ListField(child=serializers.CharField(), required=False)
    projects = serializers.ListField(child=serializers.CharField(), required=False)


class PermittedScopesOut(serializers.Serializer[object]):
    create = PermittedScopesOf()  # type: ignore[assignment]  # the platform's own name for it
    read = PermittedScopesOf()
    update = PermittedScopesOf()  # type: ignore[assignment]  # the platform's own name for it
    delete = PermittedScopesOf()


class PermittedScopes(APIView):
    """The topmost scopes in which the caller may act on a resource type; what is below them is permitted too."""

    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(request=PermittedScopesIn, responses={200: PermittedScopesOut, **refusals(400, 401)})
    def post(self, request: Request) -> Response:
        asked = PermittedScopesIn(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data.get("action")
        resource_type = asked.validated_data["resourceType"]
        rules = rule_set_of(caller(request))
        return Response({a: _by_type(rules, a, resource_type) if wanted in (None, a) else {} for a in ACTIONS})


def _by_type(rules: decisions.RuleSet, action: str, resource_type: str) -> dict[str, object]:
    scopes = decisions.permitted_scopes(rules, action, resource_type)
    ids = {type_: sorted(scope.id for scope in scopes if scope.type == type_) for type_ in ScopeType.values}
    body: dict[str, object] = {
        "system": bool(ids[ScopeType.SYSTEM]),
        "tenants": ids[ScopeType.TENANT],
        "clusters": ids[ScopeType.CLUSTER],
        "departments": ids[ScopeType.DEPARTMENT],
        "projects": ids[ScopeType.PROJECT],
    }
    if ids[ScopeType.TENANT]:
        body["tenant"] = ids[ScopeType.TENANT][0]
    return body


class TenantOut(serializers.Serializer[object]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class TenantList(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("tenant", "read")}

    @extend_schema(responses={200: TenantOut(many=True), **refusals(401, 403)})
    def get(self, request: Request) -> Response:
        tenants = Scope.objects.filter(type=ScopeType.TENANT)
        return Response([{"id": int(tenant.pk), "name": tenant.name} for tenant in tenants])
