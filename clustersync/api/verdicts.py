"""Tell what a cluster would make of a token, which is neither stored nor logged."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clustersync.api.doctor import OutcomeOut
from clustersync.apiserver import AuthenticationForm
from clustersync.services.own import cluster_seen_or_reached
from clustersync.services.verdicts import LONGEST_TOKEN, TokenVerdict, verdict
from common.api import SIGNED_IN, Requires, caller, refusals
from common.fields import Verbatim
from common.unknown_names import KnownFields


class VerifyTokenIn(KnownFields):
    token = Verbatim(max_length=LONGEST_TOKEN, help_text="As it would stand behind Authorization: Bearer.")
    oidc = serializers.ChoiceField(
        [form.value for form in AuthenticationForm],
        required=False,
        help_text="How the cluster was told to verify by itself.",
    )


class KubernetesUserOut(serializers.Serializer[object]):
    username = serializers.CharField()
    uid = serializers.CharField()
    groups = serializers.ListField(child=serializers.CharField())
    extra = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class TokenVerdictOut(serializers.Serializer[TokenVerdict]):
    verdict = serializers.CharField(help_text="accepted or refused.")
    user = KubernetesUserOut(allow_null=True)
    acceptedForSeconds = serializers.IntegerField(
        source="accepted_for", allow_null=True, help_text="From now, the API server's caches included."
    )
    rules = OutcomeOut(many=True, source="outcomes", help_text="In the API server's order.")


class VerifyToken(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(request=VerifyTokenIn, responses={200: TokenVerdictOut, **refusals(400, 401, 403, 404)})
    def post(self, request: Request, uuid: Any) -> Response:
        """The verdict that its kube-apiserver would reach, rule by rule. Nothing of the token is kept.

        For who may read the cluster, and for people about their own tokens for clusters that they reach.
        """
        cluster = cluster_seen_or_reached(caller(request), str(uuid))
        given = VerifyTokenIn(data=request.data)
        given.is_valid(raise_exception=True)
        form = given.validated_data.get("oidc")
        reached = verdict(
            actor=caller(request),
            cluster=cluster,
            token=given.validated_data["token"],
            form=AuthenticationForm(form) if form else None,
        )
        return Response(TokenVerdictOut(reached).data, headers={"Cache-Control": "no-store"})
