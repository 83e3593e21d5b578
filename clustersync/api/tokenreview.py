"""Answer kube-apiserver's question about a bearer token. The caller is the cluster, by its webhook credential."""

from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import caller_of
from clustersync.services.refusals import note_refusal
from clustersync.services.review import review_token
from clustersync.tokenreview import VERSIONS, MalformedTokenReview, parse
from common.api import SIGNED_IN, Requires, status_of
from common.bearer import bearer_token
from common.errors import DomainError


class WebhookAuthentication(BaseAuthentication):
    """Require `Authorization: Bearer <webhook token>` of the cluster in the path.

    Without it, anyone could test stolen tokens here.
    """

    def authenticate(self, request: Request) -> tuple[Cluster, None]:
        token, uuid = bearer_token(request), request.parser_context["kwargs"]["uuid"]
        if token is None:
            _note(request, uuid, None)
            raise NotAuthenticated("Send this cluster's webhook token: Authorization: Bearer <token>.")
        cluster = caller_of(uuid, token, CredentialKind.WEBHOOK)
        if cluster is None:
            _note(request, uuid, token)
            raise AuthenticationFailed("This is not the cluster's webhook token.")
        return cluster, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _note(request: Request, uuid: Any, token: str | None) -> None:
    """Note that an API server asked, which it does by POST; our command line measures the way to here by GET."""
    if request.method == "POST":
        note_refusal(str(uuid), token)


class WebhookScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "clustersync.api.tokenreview.WebhookAuthentication"
    name = "webhookToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The cluster's webhook token."}


class IsCluster(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, Cluster)


class SpecIn(serializers.Serializer[object]):
    token = serializers.CharField()
    audiences = serializers.ListField(child=serializers.CharField(), required=False)


class TokenReviewBody(serializers.Serializer[object]):
    apiVersion = serializers.ChoiceField(VERSIONS)
    kind = serializers.ChoiceField(("TokenReview",))
    spec = SpecIn(required=False)


class StatusBody(serializers.Serializer[object]):
    """A Kubernetes Status of a failure."""

    apiVersion = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    message = serializers.CharField()
    reason = serializers.CharField()
    code = serializers.IntegerField()


REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    405: "MethodNotAllowed",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
}


class TokenReview(APIView):
    requires: ClassVar[Requires] = SIGNED_IN
    authentication_classes = (WebhookAuthentication,)
    permission_classes = (IsCluster,)

    @extend_schema(
        request=TokenReviewBody,
        responses={200: TokenReviewBody, 400: StatusBody, 401: StatusBody, 503: StatusBody},
    )
    def post(self, request: Request, uuid: Any) -> Response:
        try:
            review = parse(request.data)
        except MalformedTokenReview as error:
            return _failure(400, str(error))
        cluster: Any = request.user  # IsCluster has seen to it
        return Response(review_token(cluster, review))

    def handle_exception(self, exc: Exception) -> Response:
        """Kubernetes' own form of an error, in place of the published API's."""
        if not isinstance(exc, APIException | DomainError):
            return super().handle_exception(exc)
        code = exc.status_code if isinstance(exc, APIException) else status_of(exc)
        response = _failure(code, str(exc))
        if code == 401:
            response["WWW-Authenticate"] = "Bearer"
        response.exception = True
        return response


def _failure(code: int, message: str) -> Response:
    body = {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "message": message,
        "reason": REASONS.get(code, "InternalError"),
        "code": code,
    }
    return Response(body, status=code)
