"""Identity providers by API, as the platform has them; several of a type are told apart by their alias."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api import Needs, Requires, caller, changes_in, refusals
from common.errors import NotFound
from common.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, Version
from sso.api.reading import OPENSHIFT_MAPPING, IdpIn, IdpPut, Mappers, fields_of
from sso.api.showing import IdpOut
from sso.models import IdentityProvider
from sso.models.providers import ProviderType
from sso.services.providers import (
    CHANGEABLE,
    MAPPING,
    connect_provider,
    delete_provider,
    disable_provider,
    enable_provider,
    update_provider,
)


class IdpMade(serializers.Serializer[object]):
    alias = serializers.CharField()


def provider_named(alias: str) -> IdentityProvider:
    provider = IdentityProvider.objects.filter(alias=alias).first() if alias.isprintable() else None
    if provider is None:
        raise NotFound("not_found", "No identity provider has this alias.")
    return provider


class IdpList(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("security-settings", "read"),
        "POST": Needs("security-settings", "update"),
    }

    @extend_schema(responses={200: IdpOut(many=True), **refusals(401, 403)})
    def get(self, request: Request) -> Response:
        return Response(IdpOut(IdentityProvider.objects.all(), many=True).data)

    @extend_schema(request=IdpIn, responses={201: IdpMade, **refusals(400, 401, 403, 409, 503)})
    def post(self, request: Request) -> Response:
        """It is in use at once, unless `enabled` is false."""
        given = IdpIn(data=request.data)
        given.is_valid(raise_exception=True)
        sent: dict[str, Any] = dict(given.validated_data)
        alias, enabled = sent.get("alias") or sent["type"], sent.get("enabled")
        fields = fields_of(sent, IdentityProvider(alias=alias, type=sent["type"]))
        if sent["type"] == ProviderType.OPENSHIFT:
            fields = {**OPENSHIFT_MAPPING, **fields}
        connect_provider(actor=caller(request), alias=alias, type=sent["type"], enabled=enabled is not False, **fields)
        return Response({"alias": alias}, status=201)


class IdpDetail(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("security-settings", "read"),
        "PUT": Needs("security-settings", "update"),
        "DELETE": Needs("security-settings", "update"),
    }

    version = Version(*CHANGEABLE, "enabled", "metadata_url", "metadata_text", "client_secret_encrypted")

    @extend_schema(
        operation_id="idps_read",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={304: None, 200: IdpOut, **refusals(401, 403, 404)},
    )
    def get(self, request: Request, alias: str) -> Response:
        provider = provider_named(alias)
        return self.version.unless_known(request, Response(IdpOut(provider).data), provider)

    @extend_schema(
        parameters=[IF_MATCH],
        request=IdpPut,
        responses={200: None, **refusals(400, 401, 403, 404, 409, 412, 503)},
    )
    def put(self, request: Request, alias: str) -> Response:
        """Change what is sent; the rest stays. Metadata is fetched again when another address is given."""
        given = IdpPut(data=request.data)
        given.is_valid(raise_exception=True)
        actor, provider = caller(request), provider_named(alias)
        changes, enabled = fields_of(given.validated_data, provider), given.validated_data.get("enabled")
        with self.version.unchanged(request, provider):
            if changes:
                update_provider(actor=actor, provider=provider, enabled=enabled, **changes)
            elif enabled not in (None, provider.enabled):
                switch = enable_provider if enabled else disable_provider
                switch(actor=actor, provider=provider)
        return Response(status=200)

    @extend_schema(parameters=[IF_MATCH], responses={200: None, **refusals(400, 401, 403, 404, 412)})
    def delete(self, request: Request, alias: str) -> Response:
        provider = provider_named(alias)
        with self.version.unchanged(request, provider):
            delete_provider(actor=caller(request), provider=provider)
        return Response(status=200)


class IdpMappers(APIView):
    """Which of the provider's attributes says what of somebody."""

    requires: ClassVar[Requires] = {
        "GET": Needs("security-settings", "read"),
        "PUT": Needs("security-settings", "update"),
    }

    version = Version(*MAPPING)

    @extend_schema(parameters=[IF_NONE_MATCH, ETAG], responses={304: None, 200: Mappers, **refusals(401, 403, 404)})
    def get(self, request: Request, alias: str) -> Response:
        provider = provider_named(alias)
        return self.version.unless_known(request, Response(Mappers(provider).data), provider)

    @extend_schema(
        parameters=[IF_MATCH], request=Mappers, responses={202: None, **refusals(400, 401, 403, 404, 409, 412)}
    )
    def put(self, request: Request, alias: str) -> Response:
        """Change what is sent; the rest stays. It counts from each person's next sign-in on."""
        given = Mappers(data=request.data)
        given.is_valid(raise_exception=True)
        changes = {name: value for name, value in changes_in(given).items() if value is not None}
        provider = provider_named(alias)
        with self.version.unchanged(request, provider):
            update_provider(actor=caller(request), provider=provider, **changes)
        return Response(status=202)
