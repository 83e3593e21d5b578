"""List a cluster's credentials without their secrets, make them, end them."""

from datetime import timedelta
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clustersync.api.clusters import cluster_named
from clustersync.models import ClusterCredential, CredentialKind
from clustersync.services.credentials import OVERLAP, end_credential, new_credential, overlap_ends_at
from common.api import Needs, Requires, caller, refusals
from common.errors import NotFound
from common.unknown_names import KnownFields

A_WEEK = 7 * 24 * 3600


class CredentialIn(KnownFields):
    overlapSeconds = serializers.IntegerField(
        min_value=0,
        max_value=A_WEEK,
        default=int(OVERLAP.total_seconds()),
        help_text="How long those made before stay good.",
    )


class CredentialOut(serializers.ModelSerializer[ClusterCredential]):
    createdBy = serializers.CharField(source="created_by")
    createdAt = serializers.DateTimeField(source="created_at")
    endsAt = serializers.DateTimeField(source="ends_at", allow_null=True)
    lastUsedAt = serializers.DateTimeField(source="last_used_at", allow_null=True)

    class Meta:
        model = ClusterCredential
        fields = ("id", "kind", "createdBy", "createdAt", "endsAt", "lastUsedAt")


class WebhookToken(serializers.Serializer[object]):
    webhookToken = serializers.CharField(help_text="Shown this once.")
    overlapEndsAt = serializers.DateTimeField(
        allow_null=True, help_text="Until when the one before is good too; null: it is not."
    )


class AgentToken(serializers.Serializer[object]):
    agentToken = serializers.CharField(help_text="Shown this once.")
    overlapEndsAt = serializers.DateTimeField(
        allow_null=True, help_text="Until when the one before is good too; null: it is not."
    )


class ClusterCredentials(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("cluster", "read")}

    @extend_schema(responses={200: CredentialOut(many=True), **refusals(401, 403, 404)})
    def get(self, request: Request, uuid: Any) -> Response:
        """The live ones, newest first."""
        return Response(CredentialOut(cluster_named(request, uuid).credentials.live(), many=True).data)


class ClusterCredentialDetail(APIView):
    requires: ClassVar[Requires] = {"DELETE": Needs("cluster", "update")}

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 409)})
    def delete(self, request: Request, uuid: Any, credential_id: int) -> Response:
        credential = cluster_named(request, uuid).credentials.filter(pk=credential_id).first()
        if credential is None:
            raise NotFound("not_found", "This cluster has no credential of this id.")
        end_credential(actor=caller(request), credential=credential)
        return Response(status=204)


class ClusterWebhookToken(APIView):
    requires: ClassVar[Requires] = {"POST": Needs("cluster", "update")}

    @extend_schema(
        request=None, parameters=[CredentialIn], responses={200: WebhookToken, **refusals(400, 401, 403, 404, 409)}
    )
    def post(self, request: Request, uuid: Any) -> Response:
        return _revealed(request, uuid, "webhookToken", CredentialKind.WEBHOOK)


class ClusterAgentToken(APIView):
    requires: ClassVar[Requires] = {"POST": Needs("cluster", "update")}

    @extend_schema(
        request=None, parameters=[CredentialIn], responses={200: AgentToken, **refusals(400, 401, 403, 404, 409)}
    )
    def post(self, request: Request, uuid: Any) -> Response:
        return _revealed(request, uuid, "agentToken", CredentialKind.AGENT)


def _revealed(request: Request, uuid: Any, name: str, kind: CredentialKind) -> Response:
    given = CredentialIn(data=request.query_params.dict())
    given.is_valid(raise_exception=True)
    overlap = timedelta(seconds=given.validated_data["overlapSeconds"])
    cluster = cluster_named(request, uuid)
    token = new_credential(actor=caller(request), cluster=cluster, kind=kind, overlap=overlap)
    told = {name: token, "overlapEndsAt": overlap_ends_at(cluster, kind)}
    return Response(told, headers={"Cache-Control": "no-store"})
