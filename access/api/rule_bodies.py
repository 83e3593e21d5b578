"""Access rules as callers send and see them."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.fields import SkipField

from access.models import AccessRule, ScopeType, SubjectType
from access.not_carried import said_of_tokens
from access.ports.rule_statuses import RuleStatusSummary, rule_statuses
from access.services.subjects import exists, knowing_who_exists, said_of_subject
from common.actors import Principal
from common.fields import Text
from common.unknown_names import KnownFields

# The platform's older and newer name for the same kind of subject.
SUBJECT_ALIASES = {"service-account": SubjectType.APP.value}


class AccessRuleIn(KnownFields):
    subjectId = Text(max_length=254)
    subjectType = serializers.ChoiceField([*SubjectType.values, *SUBJECT_ALIASES])
    roleId = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    scopeId = Text(max_length=36)
    scopeType = serializers.ChoiceField(ScopeType.values)
    clusterId = Text(required=False, allow_null=True, max_length=36)
    subjectSource = Text(
        source="source",
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=60,
        help_text="Who has to assert the name: the alias of an identity provider, or local for this service. Blank: any"
        " that may.",
    )


class AccessRuleStatus(serializers.Serializer[RuleStatusSummary]):
    phase = serializers.CharField()
    message = serializers.CharField()
    details = serializers.CharField(help_text="NotReady: [uuid]; Ready: [uuid,…]")

    def get_attribute(self, instance: Any) -> RuleStatusSummary:
        """Left out where no cluster has said anything."""
        status: RuleStatusSummary | None = self.context["statuses"].get(instance.pk)
        if status is None:
            raise SkipField
        return status


class AccessRuleOut(serializers.ModelSerializer[AccessRule]):
    subjectId = serializers.CharField(source="subject_id")
    subjectType = serializers.CharField(source="subject_type")
    roleId = serializers.IntegerField(source="role_id")
    roleName = serializers.CharField(source="role.name")
    scopeId = serializers.CharField(source="scope_id")
    scopeType = serializers.CharField(source="scope.type")
    scopeName = serializers.CharField(source="scope.name")
    clusterId = serializers.CharField(source="scope.cluster_id", allow_null=True)
    tenantId = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    deletedAt = serializers.DateTimeField(source="deleted_at", allow_null=True)
    createdBy = serializers.CharField(source="created_by")
    subjectSource = serializers.CharField(source="source", help_text="Who has to assert the name; blank: any that may.")
    subjectExists = serializers.SerializerMethodField(
        help_text="Whether the user or group exists; null for applications, and for who may not know."
    )
    subjectNote = serializers.SerializerMethodField(
        help_text="What to know of a rule whose user or group doesn't exist; blank otherwise."
    )
    status = AccessRuleStatus(required=False)

    class Meta:
        model = AccessRule
        fields = (
            "id",
            "subjectId",
            "subjectType",
            "roleId",
            "roleName",
            "scopeId",
            "scopeType",
            "scopeName",
            "clusterId",
            "tenantId",
            "createdAt",
            "updatedAt",
            "deletedAt",
            "createdBy",
            "subjectSource",
            "subjectExists",
            "subjectNote",
            "status",
        )

    def get_subjectExists(self, rule: AccessRule) -> bool | None:
        if rule.pk not in self.context["may_know"]:
            return None
        known: bool | None = getattr(rule, "subject_exists", None)
        return exists(rule) if known is None else bool(known)

    def get_subjectNote(self, rule: AccessRule) -> str:
        return said_of_subject(rule) if self.get_subjectExists(rule) is False else ""

    def get_tenantId(self, rule: AccessRule) -> int:
        return int(rule.scope.path.split("/")[1]) if rule.scope.type != ScopeType.SYSTEM else 0


class AccessRuleAlone(AccessRuleOut):
    """With what takes too long to be told in a list."""

    tokenNote = serializers.SerializerMethodField(
        help_text="Which members get nothing of it in a cluster, because they are in too many groups for a token, and"
        " what to do; blank otherwise."
    )

    class Meta:
        model = AccessRule
        fields = (*AccessRuleOut.Meta.fields, "tokenNote")

    def get_tokenNote(self, rule: AccessRule) -> str:
        return said_of_tokens(rule, reader=self.context["reader"])


class AccessRuleWithPath(AccessRuleAlone):
    scopePath = serializers.CharField(source="scope.full_name")

    class Meta:
        model = AccessRule
        fields = (*AccessRuleAlone.Meta.fields, "scopePath")


class AccessRulePage(serializers.Serializer[object]):
    totalRecords = serializers.IntegerField()
    displayRecords = serializers.IntegerField()
    accessRules = AccessRuleOut(many=True)


class MyAccessRules(serializers.Serializer[object]):
    accessRules = AccessRulePage()


def shown(rule: AccessRule, by: type[AccessRuleOut], *, reader: Principal) -> dict[str, object]:
    return by(rule, context=_context([rule], reader)).data


def shown_all(rules: Sequence[AccessRule], *, reader: Principal) -> list[object]:
    """With the annotation `subject_exists` in as many queries as for one."""
    return list(AccessRuleOut(rules, many=True, context=_context(rules, reader)).data)


def _context(rules: Sequence[AccessRule], reader: Principal) -> dict[str, object]:
    known = knowing_who_exists(rules, reader=reader)
    return {"statuses": rule_statuses().of(rules), "may_know": known, "reader": reader}
