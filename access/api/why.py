from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.api.rule_bodies import SUBJECT_ALIASES
from access.catalog import ACTIONS, RESOURCE_TYPES
from access.models import Scope, ScopeType, SubjectType
from access.services import permitted, visible_scopes, why, why_of
from access.services.rules import subject_named
from access.services.standing import rules_of
from common.actors import Principal
from common.api import SIGNED_IN, Requires, caller, refusals
from common.errors import Invalid, NotFound
from common.unknown_names import KnownFields


class WhyIn(KnownFields):
    action = serializers.ChoiceField(ACTIONS)
    resourceType = serializers.ChoiceField(list(RESOURCE_TYPES))
    scopeId = serializers.CharField(max_length=36)
    subjectType = serializers.ChoiceField([*SubjectType.values, *SUBJECT_ALIASES], required=False)
    subjectId = serializers.CharField(max_length=254, required=False)


class WhyOut(serializers.Serializer[object]):
    allowed = serializers.BooleanField()
    explanation = serializers.ListField(child=serializers.CharField())


class Why(APIView):
    """Tell whether somebody may do something, and by which access rules: decided by the code that enforces it.

    Without a subject, the caller. Asking about others takes the right to read access rules in that scope.
    """

    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(parameters=[WhyIn], responses={200: WhyOut, **refusals(400, 401, 403, 404)})
    def get(self, request: Request) -> Response:
        given = WhyIn(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        question = {
            "action": asked["action"],
            "resource_type": asked["resourceType"],
            "scope": _known_scope(request, asked["scopeId"], of_oneself=_subject(asked) is None),
        }
        subject = _subject(asked)
        if subject is None:
            answer = why(principal=caller(request), **question)
        else:
            answer = why_of(actor=caller(request), subject_type=subject[0], subject_id=subject[1], **question)
        return Response({"allowed": answer.allowed, "explanation": answer.sentences})


def _subject(asked: dict[str, str]) -> tuple[str, str] | None:
    kind, name = asked.get("subjectType"), asked.get("subjectId")
    if kind is None and name is None:
        return None
    if kind is None or name is None:
        raise Invalid("bad_subject", "subjectType and subjectId belong together.")
    kind = SUBJECT_ALIASES.get(kind, kind)
    return kind, subject_named(kind, name)


def _known_scope(request: Request, scope_id: str, *, of_oneself: bool) -> Scope:
    """One that the caller may see, or asks about themselves in, where a rule of theirs gives them something."""
    known = visible_scopes(caller(request)) | permitted(caller(request), "read", "access_rules")
    scope = known.filter(pk=scope_id).first()
    if scope is None and of_oneself:
        below = Scope.objects.exclude(type__in=(ScopeType.SYSTEM, ScopeType.TENANT))
        reached = below.filter(pk=scope_id).first()
        scope = reached if reached and _gives_something(caller(request), reached) else None
    if scope is None:
        raise NotFound("no_such_scope", "No scope has this scopeId, or none that you may see.")
    return scope


def _gives_something(principal: Principal, scope: Scope) -> bool:
    return rules_of(principal).filter(scope__in=Scope.objects.reaching(scope)).exists()
