"""A person's own opaque tokens for clusters."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Session, User
from clustersync.models import ClusterToken, with_uuid
from clustersync.services.tokens import LEAST, LONGEST, USUAL, create_token, revoke_token, tokens_of
from common.api import SIGNED_IN, Requires, caller, refusals
from common.errors import Forbidden, NotFound
from common.fields import Text
from common.unknown_names import KnownFields
from tokens.models.grants import with_grant_id


class ClusterTokenIn(KnownFields):
    clusterId = serializers.UUIDField()
    name = Text(max_length=100)
    expiresInSeconds = serializers.IntegerField(
        default=int(USUAL.total_seconds()),
        min_value=int(LEAST.total_seconds()),
        max_value=int(LONGEST.total_seconds()),
        help_text="For more than a day sign in first: 15 minutes ago at the most.",
    )


class ClusterTokenOut(serializers.Serializer[ClusterToken]):
    id = serializers.UUIDField()
    clusterId = serializers.UUIDField(source="cluster_id")
    name = serializers.CharField()
    createdAt = serializers.DateTimeField(source="created_at")
    expiresAt = serializers.DateTimeField(source="expires_at")
    lastUsedAt = serializers.DateTimeField(source="last_used_at", allow_null=True)


class ClusterTokenMade(ClusterTokenOut):
    token = serializers.CharField(help_text="Shown this once.")


class MyClusterTokens(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(responses={200: ClusterTokenOut(many=True), **refusals(401, 403)})
    def get(self, request: Request) -> Response:
        return Response([ClusterTokenOut(token).data for token in tokens_of(_person(request))])

    @extend_schema(request=ClusterTokenIn, responses={201: ClusterTokenMade, **refusals(400, 401, 403, 404, 409)})
    def post(self, request: Request) -> Response:
        """An opaque token for a cluster that asks us; it can be revoked, and is good nowhere else."""
        person = _person(request)
        given = ClusterTokenIn(data=request.data)
        given.is_valid(raise_exception=True)
        token, secret = create_token(
            actor=person,
            session=_session(request),
            cluster=with_uuid(str(given.validated_data["clusterId"])),
            name=given.validated_data["name"],
            lifetime=timedelta(seconds=given.validated_data["expiresInSeconds"]),
        )
        body = {**ClusterTokenOut(token).data, "token": secret}
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class MyClusterToken(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(responses={204: None, **refusals(401, 403, 404)})
    def delete(self, request: Request, pk: UUID) -> Response:
        person = _person(request)
        token = tokens_of(person).filter(pk=pk).first()
        if token is None:
            raise NotFound("unknown_token", "You have no such token, or it has ended.")
        revoke_token(actor=person, token=token)
        return Response(status=204)


def _person(request: Request) -> User:
    person = caller(request)
    if not isinstance(person, User):
        raise Forbidden("not_a_person", "These are tokens of people. An application gets a token by its credentials.")
    return person


def _session(request: Request) -> Session:
    """Return the session of the access token that asks: of a client of ours, whose grant is for clusters too.

    Another could keep for itself, beyond its user's consent, what it makes here.
    """
    claims: Any = request.auth
    grant = with_grant_id(UUID(claims["grant_id"])) if claims else None
    if grant is None or not grant.application.first_party:
        raise Forbidden("not_first_party", "Make it on your account's page, or with the command line runai-identity.")
    if grant.audience:  # which is the API then: others are refused here
        sentence = f"This sign-in is for {grant.audience} alone, and not for clusters: sign in without a resource."
        raise Forbidden("not_granted", sentence)
    return grant.session
