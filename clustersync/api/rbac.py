from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.permissions import DeclaredPermission
from clustersync.api.agents import AgentAuthentication, IsAgent
from clustersync.api.clusters import cluster_named
from clustersync.models import Cluster
from clustersync.rbac.desired import ObjectKey, RBACFacts, desired
from clustersync.rbac.fingerprint import fingerprint
from clustersync.rbac.live import MalformedObject, live_objects
from clustersync.rbac.manifests import to_gitops, to_json
from clustersync.services.rbac import differences_as_seen_by, facts_as_seen_by, facts_of
from clustersync.yaml_for_go import as_documents
from common.api import Needs, Requires, caller, refusals
from common.errors import Invalid
from common.unknown_names import KnownParameters

MOST_LIVE_BYTES = 16 * 1024 * 1024


class RuleRemark(serializers.Serializer[object]):
    ruleId = serializers.IntegerField()
    message = serializers.CharField()


class RuleObjects(serializers.Serializer[object]):
    ruleIds = serializers.ListField(child=serializers.IntegerField())
    objects = serializers.ListField(child=serializers.IntegerField(), help_text="Positions in the list of objects.")


class RBACOut(serializers.Serializer[object]):
    objects = serializers.ListField(child=serializers.DictField(), help_text="Complete manifests.")
    problems = RuleRemark(many=True, help_text="Access rules that this cluster can't be told of, and why.")
    notes = RuleRemark(many=True)
    rules = RuleObjects(many=True, help_text="Of which objects access rules are made.")


class KeyOut(serializers.Serializer[ObjectKey]):
    kind = serializers.CharField()
    namespace = serializers.CharField(help_text="Empty for what has none.")
    name = serializers.CharField()


class ChangeOut(serializers.Serializer[object]):
    kind = serializers.CharField(source="key.kind")
    namespace = serializers.CharField(source="key.namespace")
    name = serializers.CharField(source="key.name")
    lines = serializers.ListField(child=serializers.CharField())
    recreate = serializers.BooleanField(help_text="Delete it first: Kubernetes lets nobody change a binding's role.")


class ConflictOut(serializers.Serializer[object]):
    kind = serializers.CharField(source="key.kind")
    namespace = serializers.CharField(source="key.namespace")
    name = serializers.CharField(source="key.name")
    message = serializers.CharField()


class DifferencesOut(serializers.Serializer[object]):
    create = KeyOut(many=True)  # type: ignore[assignment]  # a field; DRF takes it out of the class
    change = ChangeOut(many=True)
    prune = KeyOut(many=True)
    conflicts = ConflictOut(many=True)
    unchanged = serializers.IntegerField()


class LiveObjects(serializers.Serializer[object]):
    """A Kubernetes List."""

    kind = serializers.CharField()
    items = serializers.ListField(child=serializers.DictField())


class YAMLRenderer(BaseRenderer):
    media_type = "application/yaml"
    format = "yaml"
    charset = None  # it is UTF-8 by definition (RFC 9512 §2.1)

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        text: str = to_gitops(data["objects"]) if "objects" in data else as_documents([data])
        return text.encode()


class ClusterRBAC(APIView):
    """Return what the agent applies and GitOps tools fetch; 304 to a caller who shows the current ETag."""

    requires: ClassVar[Requires] = {"GET": Needs("access_rules", "read")}
    authentication_classes = (AgentAuthentication,)
    permission_classes = (IsAgent | DeclaredPermission, KnownParameters)
    renderer_classes = (JSONRenderer, YAMLRenderer)

    @extend_schema(
        parameters=[OpenApiParameter("format", str, enum=("json", "yaml"))],
        responses={
            (200, "application/json"): RBACOut,
            (200, "application/yaml"): OpenApiTypes.STR,
            304: None,
            **refusals(401, 403, 404),
        },
    )
    def get(self, request: Request, uuid: Any) -> HttpResponseBase:
        facts = _facts(request, uuid)
        etag = f'"{fingerprint(facts)}-{request.accepted_renderer.format}"'
        answer = Response(headers={"ETag": etag})
        unchanged = get_conditional_response(request, etag=etag, response=answer)
        if unchanged not in (None, answer):
            return unchanged
        answer.data = to_json(desired(facts))
        return answer


class ClusterRBACDiff(APIView):
    requires: ClassVar[Requires] = {"POST": Needs("access_rules", "read")}

    most_bytes = MOST_LIVE_BYTES

    @extend_schema(request=LiveObjects, responses={200: DifferencesOut, **refusals(400, 401, 403, 404)})
    def post(self, request: Request, uuid: Any) -> Response:
        """Compare with what the cluster holds, as
        `kubectl get namespaces,clusterroles,clusterrolebindings,rolebindings -A -o json` prints it.
        """
        cluster = cluster_named(request, uuid)
        try:
            live = live_objects(request.data)
        except MalformedObject as error:
            raise Invalid("bad_list", str(error)) from None
        return Response(DifferencesOut(differences_as_seen_by(caller(request), cluster, live)).data)


def _facts(request: Request, uuid: Any) -> RBACFacts:
    if isinstance(request.user, Cluster):
        return facts_of(request.user)
    return facts_as_seen_by(caller(request), cluster_named(request, uuid))
