from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.api.rule_bodies import (
    SUBJECT_ALIASES,
    AccessRuleAlone,
    AccessRuleIn,
    AccessRulePage,
    AccessRuleWithPath,
    MyAccessRules,
    shown,
    shown_all,
)
from access.catalog import roles
from access.models import TENANT_PATH, AccessRule, Scope, ScopeType, SubjectType
from access.ports.rule_statuses import PHASES, rule_statuses
from access.services import grant_access, permitted, readable_rules, revoke_access
from access.services.subjects import subject_exists
from accounts.models.users import normalize_email
from common.actors import Principal
from common.api import SIGNED_IN, CountOut, Needs, Requires, caller, refusals
from common.errors import Invalid, NotFound
from common.listing import Fields, asked, cut, narrow, page, timestamp
from common.openapi import list_parameters


def _called(names: Sequence[str]) -> Q:
    """Return the names of subjects as they are written; an e-mail is stored in lower case."""
    emails = [normalize_email(name) for name in names]
    return Q(subject_id__in=names) | Q(subject_type=SubjectType.USER, subject_id__in=emails)


def _roles_named(part: str) -> list[int]:
    return [role.id for role in roles().values() if part.lower() in role.name.lower()]


FIELDS = Fields(
    sortable={
        "subjectId": "subject_id",
        "subjectType": "subject_type",
        "roleId": "role_id",
        "scopeId": "scope_id",
        # As the indexes of scopes have them, along which the rules of each scope are read.
        "scopeType": ("scope__type", "scope__name", "scope_id"),
        "roleName": "role_name",
        "scopeName": ("scope__name", "scope_id"),
        "createdAt": "created_at",
        "deletedAt": "deleted_at",
        "createdBy": "created_by",
        "subjectSource": "source",
        "phase": "phase",
    },
    filterable={
        "subjectId": "subject_id",
        "subjectType": "subject_type",
        "roleId": "role_id",
        "scopeId": "scope__id",
        "scopeType": "scope__type",
        "roleName": "role_name",
        "scopeName": "scope__name",
        "createdAt": "created_at",
        "deletedAt": "deleted_at",
        "createdBy": "created_by",
        "subjectSource": "source",
        "subjectExists": "is_somebody",
        "phase": "phase",
    },
    searched=("subject_id", "role_name", "scope__name"),
    contains={"role_name": lambda text: Q(role_id__in=_roles_named(text))},
    choices={"phase": PHASES},
    same={"subjectId": lambda name: _called([name])},
)


def _role_name() -> Case:
    named = [When(role_id=role.id, then=Value(role.name)) for role in roles().values()]
    return Case(*named, output_field=CharField(), default=Value(""))


NARROWING = [
    OpenApiParameter("subjectType", str, enum=[*SubjectType.values, *SUBJECT_ALIASES]),
    OpenApiParameter("subjectId", str, many=True),
    OpenApiParameter("subjectIds", str, description="Several, with commas between them."),
    OpenApiParameter("scopeType", str, enum=ScopeType.values),
    OpenApiParameter("includeDeleted", bool),
    OpenApiParameter("lastUpdated", datetime),
    OpenApiParameter("roleId", int),
    *(OpenApiParameter(name, str) for name in ("subjectIdFilter", "scopeId", "clusterId")),
]
COUNT_PARAMETERS = [*NARROWING, *list_parameters(FIELDS, paged=False)]
LIST_PARAMETERS = [*NARROWING, *list_parameters(FIELDS)]


def readable(request: Request) -> QuerySet[AccessRule]:
    """Return the rules of the scopes where the caller reads access rules, and those that name the caller."""
    own = AccessRule.objects.naming(caller(request).rule_subjects())
    return readable_rules(caller(request)) | own


def selected(rules: QuerySet[AccessRule], request: Request) -> QuerySet[AccessRule]:
    params = request.query_params
    rules = rules.select_related("scope").annotate(role_name=_role_name())
    if params.get("includeDeleted", "").lower() != "true":
        rules = rules.filter(deleted_at=None)
    if kind := params.get("subjectType"):
        rules = rules.filter(subject_type=SUBJECT_ALIASES.get(kind, kind))
    if ids := [*filter(None, params.get("subjectIds", "").split(",")), *params.getlist("subjectId")]:
        rules = rules.filter(_called([name.strip() for name in ids]))
    if part := params.get("subjectIdFilter"):
        rules = rules.filter(subject_id__icontains=part)
    for name, path in (("scopeId", "scope_id"), ("scopeType", "scope__type")):
        if value := params.get(name):
            rules = rules.filter(**{path: value})
    if cluster := params.get("clusterId"):
        path = "/".join((*TENANT_PATH, cluster))
        rules = rules.filter(Q(scope__path=path) | Q(scope__path__startswith=f"{path}/"))
    if since := params.get("lastUpdated"):
        rules = rules.filter(updated_at__gte=timestamp(since, "lastUpdated"))
    if role_id := params.get("roleId"):
        rules = rules.filter(role_id=_role_id(role_id))
    if any("phase" in params.get(name, "") for name in ("sortBy", "filterBy")):
        rules = rule_statuses().with_phase(rules)
    if "subjectExists" in params.get("filterBy", ""):
        rules = rules.annotate(is_somebody=subject_exists(reader=caller(request)))
    return narrow(rules, params, FIELDS)


def _role_id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid("bad_number", "roleId takes a whole number.")
    return int(text)


def page_body(rules: QuerySet[AccessRule], params: QueryDict, *, reader: Principal) -> dict[str, object]:
    total, rows = _by_role_name(rules, params) if params.get("sortBy") == "roleName" else _sorted(rules, params)
    return {
        "totalRecords": total,
        "displayRecords": len(rows),
        "accessRules": shown_all(rows, reader=reader),
    }


def _sorted(rules: QuerySet[AccessRule], params: QueryDict) -> tuple[int, list[AccessRule]]:
    total = rules.count()
    return total, page(rules.annotate(subject_exists=subject_exists()), params, FIELDS, total=total)


def _by_role_name(rules: QuerySet[AccessRule], params: QueryDict) -> tuple[int, list[AccessRule]]:
    """Return the count and a page sorted by role name, which is no column: role after role, each by its index."""
    _, descending, offset, limit = asked(params, FIELDS)
    counts = dict(rules.order_by().values_list("role_id").annotate(Count("pk")))
    names = {id_: role.name for id_, role in roles().items()}
    found: list[AccessRule] = []
    for id_ in sorted(counts, key=lambda id_: (names.get(id_, ""), id_), reverse=descending):
        if offset < counts[id_] and len(found) < limit:
            of_role = rules.filter(role_id=id_).annotate(subject_exists=subject_exists())
            ordered = of_role.order_by("-pk" if descending else "pk")
            found += cut(ordered, offset, limit - len(found), total=counts[id_])
        offset = max(offset - counts[id_], 0)
    return sum(counts.values()), found


def rule_named(rules: QuerySet[AccessRule], rule_id: int) -> AccessRule:
    rule = rules.select_related("scope__parent__parent__parent").filter(pk=rule_id).first() if rule_id < 2**63 else None
    if rule is None:
        raise NotFound("not_found", "No access rule has this id, or none that you may see.")
    return rule


class AccessRuleList(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("access_rules", "read"),
        "POST": Needs("access_rules", "create"),
    }

    @extend_schema(
        operation_id="access_rules_list",
        parameters=LIST_PARAMETERS,
        responses={200: AccessRulePage, **refusals(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        params = request.query_params
        return Response(page_body(selected(readable(request), request), params, reader=caller(request)))

    @extend_schema(request=AccessRuleIn, responses={201: AccessRuleAlone, **refusals(400, 401, 403, 404, 409)})
    def post(self, request: Request) -> Response:
        given = AccessRuleIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        if wanted["roleId"] not in roles():
            raise Invalid("no_such_role", "No role has this roleId; GET /api/v1/authorization/roles lists them.")
        kind = wanted["subjectType"]
        rule = grant_access(
            actor=caller(request),
            subject_type=SUBJECT_ALIASES.get(kind, kind),
            subject_id=wanted["subjectId"],
            role=roles()[wanted["roleId"]],
            scope=_scope_to_grant_in(request, wanted),
            source=wanted.get("source") or "",
        )
        return Response(shown(rule, AccessRuleAlone, reader=caller(request)), status=201)


def _scope_to_grant_in(request: Request, wanted: dict[str, Any]) -> Scope:
    """404 alike for a scope that does not exist and one the caller has no say in."""
    scope_type = wanted["scopeType"]
    scopes = permitted(caller(request), "create", "access_rules") | permitted(caller(request), "read", scope_type)
    scope = scopes.filter(pk=wanted["scopeId"], type=scope_type).first()
    if scope is None:
        raise NotFound("no_such_scope", "No scope of this type has this scopeId, or none that you may see.")
    if wanted.get("clusterId") not in (None, scope.cluster_id):
        raise Invalid("wrong_cluster", "clusterId: The scope is not in this cluster. Leave it out.")
    return scope


class AccessRuleCount(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("access_rules", "read")}

    @extend_schema(parameters=COUNT_PARAMETERS, responses={200: CountOut, **refusals(400, 401, 403)})
    def get(self, request: Request) -> Response:
        return Response({"count": selected(readable(request), request).count()})


class AccessRuleDetail(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("access_rules", "read"),
        "DELETE": Needs("access_rules", "delete"),
    }

    @extend_schema(responses={200: AccessRuleWithPath, **refusals(401, 403, 404)})
    def get(self, request: Request, rule_id: int) -> Response:
        return Response(shown(rule_named(readable(request), rule_id), AccessRuleWithPath, reader=caller(request)))

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 409)})
    def delete(self, request: Request, rule_id: int) -> Response:
        revoke_access(actor=caller(request), rule=rule_named(readable(request), rule_id))
        return Response(status=204)


class MyAccessRuleList(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(parameters=LIST_PARAMETERS, responses={200: MyAccessRules, **refusals(400, 401)})
    def get(self, request: Request) -> Response:
        own = AccessRule.objects.naming(caller(request).rule_subjects())
        params = request.query_params
        return Response({"accessRules": page_body(selected(own, request), params, reader=caller(request))})


class MyAccessRuleCount(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(parameters=COUNT_PARAMETERS, responses={200: CountOut, **refusals(400, 401)})
    def get(self, request: Request) -> Response:
        own = AccessRule.objects.naming(caller(request).rule_subjects())
        return Response({"count": selected(own, request).count()})
