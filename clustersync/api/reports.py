from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clustersync.api.agents import IsAgent, OnlyAgentAuthentication
from clustersync.services.reports import PHASES, AgentReport, keep_report
from common.api import SIGNED_IN, Requires, refusals
from common.fields import Text
from common.unknown_names import KnownParameters

MOST_RULES = 100_000
MOST_LINES = 100
MOST_COUNTED = 2**31 - 1


class Fate(serializers.Serializer[object]):
    """The state of some access rules in the cluster."""

    phase = serializers.ChoiceField(PHASES)
    message = Text(max_length=500, allow_blank=True, default="")
    ruleIds = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), max_length=MOST_RULES
    )


class ReportIn(serializers.Serializer[object]):
    agent = Text(max_length=100, allow_blank=True, default="")
    seconds = serializers.FloatField(min_value=0, max_value=1e6)
    applied = serializers.IntegerField(min_value=0, max_value=MOST_COUNTED)
    unchanged = serializers.IntegerField(min_value=0, max_value=MOST_COUNTED)
    pruned = serializers.IntegerField(min_value=0, max_value=MOST_COUNTED)
    failed = serializers.IntegerField(min_value=0, max_value=MOST_COUNTED)
    left = serializers.IntegerField(
        min_value=0,
        max_value=MOST_COUNTED,
        required=False,
        help_text="Objects of ours that could be neither changed nor pruned. Without it, all that failed.",
    )
    drift = serializers.ListField(child=serializers.CharField(max_length=500), max_length=MOST_LINES, default=list)
    problems = serializers.ListField(child=serializers.CharField(max_length=500), max_length=MOST_LINES, default=list)
    rules = Fate(many=True)


class ClusterRBACStatus(APIView):
    """Take the agent's report of what it did. The caller is the cluster, by its agent's credential."""

    requires: ClassVar[Requires] = SIGNED_IN
    authentication_classes = (OnlyAgentAuthentication,)
    permission_classes = (IsAgent, KnownParameters)

    most_bytes = 4 * 1024 * 1024

    @extend_schema(request=ReportIn, responses={204: None, **refusals(400, 401)})
    def put(self, request: Request, uuid: Any) -> Response:
        given = ReportIn(data=request.data)
        given.is_valid(raise_exception=True)
        told = dict(given.validated_data)
        fates = told.pop("rules")
        rules = {rule: (fate["phase"], fate["message"]) for fate in fates for rule in fate["ruleIds"]}
        cluster: Any = request.user  # IsAgent has seen to it
        keep_report(cluster, AgentReport(rules=rules, **told))
        return Response(status=204)
