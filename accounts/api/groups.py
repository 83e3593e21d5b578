from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.users import user_named
from accounts.models import Group
from accounts.names import LONGEST_GROUP_NAME
from accounts.ports.authority import authority
from accounts.services.groups import add_member, create_group, delete_group, remove_member
from common.api import Needs, Requires, caller, refusals
from common.errors import NotFound
from common.fields import Text
from common.listing import Fields, narrow, page
from common.openapi import list_parameters
from common.unknown_names import KnownFields

FIELDS = Fields(
    sortable={"name": "name", "createdAt": "created_at"},
    filterable={"name": "name", "createdBy": "created_by"},
    searched=("name", "description"),
    default_sort="name",
)


class GroupIn(KnownFields):
    name = Text(max_length=LONGEST_GROUP_NAME)
    description = Text(max_length=500, required=False, allow_blank=True, default="")


class GroupOut(serializers.ModelSerializer[Group]):
    createdBy = serializers.CharField(source="created_by")
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Group
        fields = ("id", "name", "description", "createdBy", "createdAt")


class GroupWithMembers(GroupOut):
    members = serializers.SerializerMethodField()

    class Meta:
        model = Group
        fields = (*GroupOut.Meta.fields, "members")

    def get_members(self, group: Group) -> list[str]:
        return list(group.members.order_by("email").values_list("email", flat=True))


class MemberIn(KnownFields):
    userId = serializers.UUIDField()


def group_named(request: Request, pk: Any) -> Group:
    group: Group | None = authority().visible_groups(caller(request)).filter(pk=pk).first()
    if group is None:
        raise NotFound("not_found", "No group has this id, or none that you may see.")
    return group


class GroupList(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("groups", "read"),
        "POST": Needs("groups", "create"),
    }

    @extend_schema(parameters=list_parameters(FIELDS), responses={200: GroupOut(many=True), **refusals(400, 401, 403)})
    def get(self, request: Request) -> Response:
        groups = narrow(authority().visible_groups(caller(request)), request.query_params, FIELDS)
        return Response(GroupOut(page(groups, request.query_params, FIELDS), many=True).data)

    @extend_schema(request=GroupIn, responses={201: GroupOut, **refusals(400, 401, 403, 409)})
    def post(self, request: Request) -> Response:
        given = GroupIn(data=request.data)
        given.is_valid(raise_exception=True)
        group = create_group(actor=caller(request), **given.validated_data)
        return Response(GroupOut(group).data, status=201)


class GroupDetail(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("groups", "read"),
        "DELETE": Needs("groups", "delete"),
    }

    @extend_schema(responses={200: GroupWithMembers, **refusals(401, 403, 404)})
    def get(self, request: Request, pk: Any) -> Response:
        return Response(GroupWithMembers(group_named(request, pk)).data)

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 409)})
    def delete(self, request: Request, pk: Any) -> Response:
        delete_group(actor=caller(request), group=group_named(request, pk))
        return Response(status=204)


class GroupMembers(APIView):
    requires: ClassVar[Requires] = {"POST": Needs("groups", "update")}

    @extend_schema(request=MemberIn, responses={204: None, **refusals(400, 401, 403, 404, 409)})
    def post(self, request: Request, pk: Any) -> Response:
        given = MemberIn(data=request.data)
        given.is_valid(raise_exception=True)
        group, user = group_named(request, pk), user_named(request, given.validated_data["userId"])
        add_member(actor=caller(request), group=group, user=user)
        return Response(status=204)


class GroupMember(APIView):
    requires: ClassVar[Requires] = {"DELETE": Needs("groups", "update")}

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 409)})
    def delete(self, request: Request, pk: Any, user_pk: Any) -> Response:
        remove_member(actor=caller(request), group=group_named(request, pk), user=user_named(request, user_pk))
        return Response(status=204)
