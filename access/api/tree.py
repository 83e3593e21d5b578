"""Departments and projects: the part of the scope tree that people make."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.models import Scope, ScopeType
from access.services import create_department, create_project, delete_scope, permitted
from common.api import Needs, Requires, caller, refusals
from common.errors import Invalid, NotFound
from common.fields import Text
from common.listing import Fields, narrow, number_asked, page
from common.openapi import list_parameters
from common.unknown_names import KnownFields

_SORTABLE = {"name": "name", "createdAt": "created_at", "updatedAt": "updated_at"}
DEPARTMENT_FIELDS = Fields(
    sortable=_SORTABLE,
    filterable={"name": "name", "id": "id", "clusterId": "parent__id"},
    searched=("name",),
    default_sort="name",
)
PROJECT_FIELDS = Fields(
    sortable=_SORTABLE,
    filterable={"name": "name", "id": "id", "clusterId": "parent__parent__id", "parentId": "parent__id"},
    searched=("name",),
    default_sort="name",
)


# What the platform's clients say of a department or project to its scheduler, which this service is not.
_OF_THE_SCHEDULER = frozenset({"description", "resources", "schedulingRules", "defaultNodePools", "nodeTypes"})


class DepartmentIn(KnownFields):
    passed_over = _OF_THE_SCHEDULER

    name = Text(max_length=57)
    clusterId = Text(max_length=36)


class ProjectIn(KnownFields):
    passed_over = _OF_THE_SCHEDULER

    name = Text(max_length=57)
    parentId = Text(max_length=36, help_text="The id of the department.")
    clusterId = Text(max_length=36, required=False, allow_null=True, help_text="That of the department, if anything.")


class DepartmentOut(serializers.ModelSerializer[Scope]):
    clusterId = serializers.CharField(source="parent_id")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    createdBy = serializers.CharField(source="created_by")

    class Meta:
        model = Scope
        fields = ("id", "name", "clusterId", "createdAt", "updatedAt", "createdBy")


class ProjectStatus(serializers.Serializer[Scope]):
    namespace = serializers.CharField()


class ProjectOut(serializers.ModelSerializer[Scope]):
    clusterId = serializers.CharField(source="cluster_id")
    parentId = serializers.CharField(source="parent_id")
    requestedNamespace = serializers.CharField(source="namespace")
    status = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    createdBy = serializers.CharField(source="created_by")

    class Meta:
        model = Scope
        fields = (
            "id",
            "name",
            "clusterId",
            "parentId",
            "requestedNamespace",
            "status",
            "createdAt",
            "updatedAt",
            "createdBy",
        )

    @extend_schema(responses=ProjectStatus)
    def get_status(self, project: Scope) -> dict[str, str]:
        return {"namespace": project.namespace}


class DepartmentPage(serializers.Serializer[object]):
    departments = DepartmentOut(many=True)
    next = serializers.IntegerField(allow_null=True)


class ProjectPage(serializers.Serializer[object]):
    projects = ProjectOut(many=True)
    next = serializers.IntegerField(allow_null=True)


def readable(request: Request, type_: ScopeType) -> QuerySet[Scope]:
    return permitted(caller(request), "read", type_.value).filter(type=type_)


def scope_named(request: Request, type_: ScopeType, scope_id: str) -> Scope:
    scope = readable(request, type_).filter(pk=scope_id).first()
    if scope is None:
        raise NotFound("not_found", f"No {type_.value} has this id, or none that you may see.")
    return scope


def page_body(
    request: Request, type_: ScopeType, serializer: type[DepartmentOut | ProjectOut], fields: Fields
) -> Response:
    """`next` is the offset of the page after this one, or null."""
    params = request.query_params
    scopes = narrow(readable(request, type_), params, fields)
    total = scopes.count()
    rows = page(scopes, params, fields, total=total)
    end = number_asked(params, "offset", 0, 0, 2**31) + len(rows)
    body = {f"{type_.value}s": serializer(rows, many=True).data, "next": end if end < total else None}
    return Response(body)


class DepartmentList(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("department", "read"),
        "POST": Needs("department", "create"),
    }

    @extend_schema(
        operation_id="departments_list",
        parameters=list_parameters(DEPARTMENT_FIELDS),
        responses={200: DepartmentPage, **refusals(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        return page_body(request, ScopeType.DEPARTMENT, DepartmentOut, DEPARTMENT_FIELDS)

    @extend_schema(request=DepartmentIn, responses={201: DepartmentOut, **refusals(400, 401, 403, 404, 409)})
    def post(self, request: Request) -> Response:
        given = DepartmentIn(data=request.data)
        given.is_valid(raise_exception=True)
        cluster = scope_named(request, ScopeType.CLUSTER, given.validated_data["clusterId"])
        made = create_department(actor=caller(request), name=given.validated_data["name"], cluster=cluster)
        return Response(DepartmentOut(made).data, status=201)


class DepartmentDetail(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("department", "read"),
        "DELETE": Needs("department", "delete"),
    }

    @extend_schema(responses={200: DepartmentOut, **refusals(401, 403, 404)})
    def get(self, request: Request, scope_id: str) -> Response:
        return Response(DepartmentOut(scope_named(request, ScopeType.DEPARTMENT, scope_id)).data)

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 409)})
    def delete(self, request: Request, scope_id: str) -> Response:
        delete_scope(actor=caller(request), scope=scope_named(request, ScopeType.DEPARTMENT, scope_id))
        return Response(status=204)


class ProjectList(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("project", "read"),
        "POST": Needs("project", "create"),
    }

    @extend_schema(
        operation_id="projects_list",
        parameters=list_parameters(PROJECT_FIELDS),
        responses={200: ProjectPage, **refusals(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        return page_body(request, ScopeType.PROJECT, ProjectOut, PROJECT_FIELDS)

    @extend_schema(request=ProjectIn, responses={201: ProjectOut, **refusals(400, 401, 403, 404, 409)})
    def post(self, request: Request) -> Response:
        given = ProjectIn(data=request.data)
        given.is_valid(raise_exception=True)
        department = scope_named(request, ScopeType.DEPARTMENT, given.validated_data["parentId"])
        if given.validated_data.get("clusterId") not in (None, department.parent_id):
            raise Invalid("wrong_cluster", "clusterId: The department is in another cluster. Leave it out.")
        made = create_project(actor=caller(request), name=given.validated_data["name"], department=department)
        return Response(ProjectOut(made).data, status=201)


class ProjectDetail(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("project", "read"),
        "DELETE": Needs("project", "delete"),
    }

    @extend_schema(responses={200: ProjectOut, **refusals(401, 403, 404)})
    def get(self, request: Request, scope_id: str) -> Response:
        return Response(ProjectOut(scope_named(request, ScopeType.PROJECT, scope_id)).data)

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 409)})
    def delete(self, request: Request, scope_id: str) -> Response:
        delete_scope(actor=caller(request), scope=scope_named(request, ScopeType.PROJECT, scope_id))
        return Response(status=204)
