from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.catalog import ACTIONS, RESOURCE_TYPES
from access.decisions import RuleRef
from access.models import Scope, ScopeType, SubjectType
from access.services import permitted, who_can
from access.services.who_can import LONGEST_PAGE, Holder
from common.api import Needs, Requires, caller, refusals
from common.errors import NotFound
from common.unknown_names import KnownFields

USUAL_PAGE = 50
# Somebody in a hundred groups may by a hundred rules.
MOST_RULES = 10


class WhoCanIn(KnownFields):
    action = serializers.ChoiceField(ACTIONS)
    resourceType = serializers.ChoiceField(list(RESOURCE_TYPES))
    scopeId = serializers.CharField(max_length=36)
    scopeType = serializers.ChoiceField(ScopeType.values, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=LONGEST_PAGE, default=USUAL_PAGE)
    after = serializers.RegexField(
        r"^(user|app):", max_length=260, required=False, help_text="`after` of the page before."
    )


class ByRule(serializers.Serializer[object]):
    accessRuleId = serializers.IntegerField()
    roleId = serializers.IntegerField()
    roleName = serializers.CharField()
    scopeId = serializers.CharField()
    scopeType = serializers.CharField()
    scopeName = serializers.CharField()
    groupName = serializers.CharField(required=False, help_text="The group by which the rule names them.")


class HolderOut(serializers.Serializer[object]):
    subjectType = serializers.ChoiceField([SubjectType.USER.value, SubjectType.APP.value])
    subjectId = serializers.CharField(help_text="An e-mail address or a client id.")
    by = ByRule(many=True, help_text=f"The rules that allow it, nearest scope first; at most {MOST_RULES}.")


class WhoCanOut(serializers.Serializer[object]):
    subjects = HolderOut(many=True)
    others = serializers.BooleanField(help_text="Others may too, by rules or as people that the caller may not read.")
    after = serializers.CharField(allow_null=True, help_text="Send it to get the next page; null on the last.")


class WhoCan(APIView):
    """List who may do something in a scope, and by which access rules: decided by the code that enforces it.

    For whoever reads access rules in that scope. Users by e-mail, then applications by client id.
    """

    requires: ClassVar[Requires] = {"GET": Needs("access_rules", "read")}

    @extend_schema(parameters=[WhoCanIn], responses={200: WhoCanOut, **refusals(400, 401, 403, 404)})
    def get(self, request: Request) -> Response:
        given = WhoCanIn(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        page = who_can(
            actor=caller(request),
            action=asked["action"],
            resource_type=asked["resourceType"],
            scope=_scope(request, asked["scopeId"], asked.get("scopeType")),
            after=asked.get("after", ""),
            limit=asked["limit"],
        )
        subjects = [_shown(holder) for holder in page.holders]
        return Response({"subjects": subjects, "others": page.others, "after": page.after or None})


def _scope(request: Request, scope_id: str, scope_type: str | None) -> Scope:
    scope = permitted(caller(request), "read", "access_rules").filter(pk=scope_id).first()
    if scope is None or scope_type not in (None, scope.type):
        raise NotFound("no_such_scope", "No scope of this type has this scopeId, or none whose rules you may read.")
    return scope


def _shown(holder: Holder) -> dict[str, object]:
    kind, name = holder.principal.rule_subject
    return {"subjectType": kind, "subjectId": name, "by": [_by(one.rule) for one in holder.allowing[:MOST_RULES]]}


def _by(rule: RuleRef) -> dict[str, object]:
    kind, name = rule.subject
    return {
        "accessRuleId": rule.id,
        "roleId": rule.role.id,
        "roleName": rule.role.name,
        "scopeId": rule.scope.id,
        "scopeType": rule.scope.type,
        "scopeName": rule.scope.name,
        **({"groupName": name} if kind == SubjectType.GROUP else {}),
    }
