from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.names import LONGEST_GROUP_NAME
from clustersync.models import Cluster, Mode, RBACNames, UsernameClaim
from clustersync.services.bounds import bound_of
from clustersync.services.clusters import (
    EDITABLE,
    delete_cluster,
    register_cluster,
    update_cluster,
    visible_clusters,
)
from common.api import Needs, Requires, caller, changes_in, refusals
from common.errors import NotFound
from common.fields import Text, Verbatim
from common.listing import Fields, narrow, page
from common.openapi import list_parameters
from common.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, Version
from common.unknown_names import KnownFields
from tokens.services.keys import longest_token_life

FIELDS = Fields(
    sortable={"name": "scope__name", "createdAt": "created_at"},
    filterable={"name": "scope__name", "enabled": "enabled", "uuid": "scope__id"},
    searched=("scope__name",),
    default_sort="scope__name",
)


class ClusterPatch(KnownFields):
    enabled = serializers.BooleanField(required=False)
    mode = serializers.ChoiceField(Mode.choices, required=False)
    apiUrl = Text(source="api_url", required=False, allow_blank=True, max_length=300)
    certificateAuthority = Verbatim(source="api_ca", required=False, allow_blank=True, max_length=20_000)
    webhookCacheSeconds = serializers.IntegerField(
        source="webhook_cache_seconds", required=False, min_value=1, max_value=600
    )
    tokenSeconds = serializers.IntegerField(
        source="token_seconds", required=False, allow_null=True, min_value=60, max_value=3600
    )
    usernameClaim = serializers.ChoiceField(UsernameClaim.values, source="username_claim", required=False)
    usernamePrefix = Text(source="username_prefix", required=False, max_length=60)
    groupsPrefix = Text(source="groups_prefix", required=False, max_length=60)
    acceptsSharedAudience = serializers.BooleanField(source="accepts_shared_audience", required=False)
    legacyFlags = serializers.BooleanField(source="legacy_flags", required=False)
    rbacNames = serializers.ChoiceField(RBACNames.values, source="rbac_names", required=False)
    extraGroups = serializers.ListField(
        source="extra_groups", child=Text(max_length=LONGEST_GROUP_NAME), required=False
    )
    apiAddresses = serializers.ListField(source="api_addresses", child=Text(max_length=50), required=False)


class ClusterIn(ClusterPatch):
    passed_over = frozenset({"domain", "version"})  # for the platform's installer

    name = Text(max_length=57)


class ClusterOut(serializers.ModelSerializer[Cluster]):
    uuid = serializers.CharField(source="scope_id")
    name = serializers.CharField(source="scope.name")
    tenantId = serializers.SerializerMethodField()
    apiUrl = serializers.CharField(source="api_url")
    certificateAuthority = serializers.CharField(source="api_ca")
    webhookCacheSeconds = serializers.IntegerField(source="webhook_cache_seconds")
    tokenSeconds = serializers.IntegerField(source="token_seconds", allow_null=True)
    usernameClaim = serializers.CharField(source="username_claim")
    usernamePrefix = serializers.CharField(source="username_prefix")
    groupsPrefix = serializers.CharField(source="groups_prefix")
    acceptsSharedAudience = serializers.BooleanField(source="accepts_shared_audience")
    legacyFlags = serializers.BooleanField(source="legacy_flags")
    rbacNames = serializers.CharField(source="rbac_names")
    extraGroups = serializers.ListField(source="extra_groups", child=serializers.CharField())
    apiAddresses = serializers.ListField(source="api_addresses", child=serializers.CharField())
    revocationBoundSeconds = serializers.SerializerMethodField(
        help_text="How long a token is accepted there at most after its owner's access was withdrawn."
    )
    createdBy = serializers.CharField(source="created_by")
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Cluster
        fields = (
            "uuid",
            "name",
            "tenantId",
            "audience",
            "mode",
            "apiUrl",
            "certificateAuthority",
            "webhookCacheSeconds",
            "tokenSeconds",
            "usernameClaim",
            "usernamePrefix",
            "groupsPrefix",
            "acceptsSharedAudience",
            "legacyFlags",
            "rbacNames",
            "extraGroups",
            "apiAddresses",
            "enabled",
            "revocationBoundSeconds",
            "createdBy",
            "createdAt",
        )

    def get_tenantId(self, cluster: Cluster) -> int:
        return settings.TENANT_ID

    def get_revocationBoundSeconds(self, cluster: Cluster) -> int:
        return bound_of(cluster, shared_live=self._shared_live)

    @cached_property
    def _shared_live(self) -> timedelta:
        return longest_token_life()


class ClusterMade(ClusterOut):
    webhookToken = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta:
        model = Cluster
        fields = (*ClusterOut.Meta.fields, "webhookToken")


def cluster_named(request: Request, uuid: Any) -> Cluster:
    cluster = visible_clusters(caller(request)).filter(pk=str(uuid)).first()
    if cluster is None:
        raise NotFound("not_found", "No cluster has this uuid, or none that you may see.")
    return cluster


class ClusterList(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("cluster", "read"),
        "POST": Needs("cluster", "create"),
    }

    @extend_schema(
        parameters=list_parameters(FIELDS), responses={200: ClusterOut(many=True), **refusals(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        clusters = narrow(visible_clusters(caller(request)), request.query_params, FIELDS)
        return Response(ClusterOut(page(clusters, request.query_params, FIELDS), many=True).data)

    @extend_schema(request=ClusterIn, responses={201: ClusterMade, **refusals(400, 401, 403, 409)})
    def post(self, request: Request) -> Response:
        given = ClusterIn(data=request.data)
        given.is_valid(raise_exception=True)
        cluster, token = register_cluster(actor=caller(request), **given.validated_data)
        body = {**ClusterOut(cluster).data, "webhookToken": token}
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class ClusterDetail(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("cluster", "read"),
        "PATCH": Needs("cluster", "update"),
        "DELETE": Needs("cluster", "delete"),
    }

    version = Version(*EDITABLE)

    @extend_schema(parameters=[IF_NONE_MATCH, ETAG], responses={304: None, 200: ClusterOut, **refusals(401, 403, 404)})
    def get(self, request: Request, uuid: Any) -> Response:
        cluster = cluster_named(request, uuid)
        return self.version.unless_known(request, Response(ClusterOut(cluster).data), cluster)

    @extend_schema(
        parameters=[IF_MATCH, ETAG],
        request=ClusterPatch,
        responses={200: ClusterOut, **refusals(400, 401, 403, 404, 412)},
    )
    def patch(self, request: Request, uuid: Any) -> Response:
        given = ClusterPatch(data=request.data)
        given.is_valid(raise_exception=True)
        cluster = cluster_named(request, uuid)
        with self.version.unchanged(request, cluster):
            cluster = update_cluster(actor=caller(request), cluster=cluster, **changes_in(given))
        return self.version.tagged(Response(ClusterOut(cluster).data), cluster)

    @extend_schema(parameters=[IF_MATCH], responses={204: None, **refusals(400, 401, 403, 404, 409, 412)})
    def delete(self, request: Request, uuid: Any) -> Response:
        cluster = cluster_named(request, uuid)
        with self.version.unchanged(request, cluster):
            delete_cluster(actor=caller(request), cluster=cluster)
        return Response(status=204)
