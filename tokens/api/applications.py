from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api import Needs, Requires, caller, refusals
from common.errors import NotFound
from common.fields import Text
from common.listing import Fields, narrow, page
from tokens.models import Application
from tokens.services.applications import (
    create_application,
    delete_application,
    rotate_secret,
    set_application_enabled,
    visible_applications,
)

FIELDS = Fields(
    sortable={"name": "name", "clientId": "client_id", "createdAt": "created_at", "lastLogin": "last_login"},
    filterable={"name": "name", "clientId": "client_id", "enabled": "enabled", "createdBy": "created_by"},
    searched=("name",),
    default_sort="name",
)


class ApplicationIn(serializers.Serializer[Application]):
    name = Text(max_length=100)


class ApplicationPatch(serializers.Serializer[Application]):
    enabled = serializers.BooleanField()


class ApplicationOut(serializers.ModelSerializer[Application]):
    clientId = serializers.CharField(source="client_id")
    createdBy = serializers.CharField(source="created_by")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    lastLogin = serializers.DateTimeField(source="last_login", allow_null=True)

    class Meta:
        model = Application
        fields = ("id", "name", "clientId", "enabled", "createdBy", "createdAt", "updatedAt", "lastLogin")


class ApplicationMade(serializers.Serializer[object]):
    id = serializers.CharField()
    name = serializers.CharField()
    clientId = serializers.CharField()
    secret = serializers.CharField(help_text="Shown this once.")


class ServiceAccountMade(serializers.Serializer[object]):
    id = serializers.CharField()
    name = serializers.CharField()
    clientId = serializers.CharField()
    clientSecret = serializers.CharField(help_text="Shown this once.")


def application_named(request: Request, pk: Any) -> Application:
    application = visible_applications(caller(request)).filter(pk=pk).first()
    if application is None:
        raise NotFound("not_found", "No application has this id, or none that you may see.")
    return application


class ApplicationList(APIView):
    """`/api/v1/apps`; under its newer name see ServiceAccountList."""

    requires: ClassVar[Requires] = {
        "GET": Needs("apps", "read"),
        "POST": Needs("apps", "create", tenant_wide=True),
    }
    secret_field = "secret"  # noqa: S105  a name, not a secret

    @extend_schema(responses={200: ApplicationOut(many=True), **refusals(400, 401, 403)})
    def get(self, request: Request) -> Response:
        rows: QuerySet[Application] = narrow(visible_applications(caller(request)), request.query_params, FIELDS)
        return Response(ApplicationOut(page(rows, request.query_params, FIELDS), many=True).data)

    @extend_schema(request=ApplicationIn, responses={201: ApplicationMade, **refusals(400, 401, 403, 409)})
    def post(self, request: Request) -> Response:
        given = ApplicationIn(data=request.data)
        given.is_valid(raise_exception=True)
        application, secret = create_application(actor=caller(request), name=given.validated_data["name"])
        body = {
            "id": str(application.pk),
            "name": application.name,
            "clientId": application.client_id,
            self.secret_field: secret,
        }
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class ApplicationDetail(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("apps", "read"),
        "PATCH": Needs("apps", "update", tenant_wide=True),
        "DELETE": Needs("apps", "delete", tenant_wide=True),
    }

    @extend_schema(responses={200: ApplicationOut, **refusals(401, 403, 404)})
    def get(self, request: Request, pk: Any) -> Response:
        return Response(ApplicationOut(application_named(request, pk)).data)

    @extend_schema(request=ApplicationPatch, responses={200: ApplicationOut, **refusals(400, 401, 403, 404)})
    def patch(self, request: Request, pk: Any) -> Response:
        given = ApplicationPatch(data=request.data)
        given.is_valid(raise_exception=True)
        application = set_application_enabled(
            actor=caller(request),
            application=application_named(request, pk),
            enabled=given.validated_data["enabled"],
        )
        return Response(ApplicationOut(application).data)

    @extend_schema(responses={204: None, **refusals(401, 403, 404)})
    def delete(self, request: Request, pk: Any) -> Response:
        delete_application(actor=caller(request), application=application_named(request, pk))
        return Response(status=204)


class SecretOut(serializers.Serializer[object]):
    secret = serializers.CharField()


class ApplicationSecret(APIView):
    requires: ClassVar[Requires] = {"POST": Needs("apps", "update", tenant_wide=True)}
    secret_field = "secret"  # noqa: S105  a name, not a secret

    @extend_schema(request=None, responses={200: SecretOut, **refusals(401, 403, 404)})
    def post(self, request: Request, pk: Any) -> Response:
        secret = rotate_secret(actor=caller(request), application=application_named(request, pk))
        return Response({self.secret_field: secret}, headers={"Cache-Control": "no-store"})


class ServiceAccountSecretOut(serializers.Serializer[object]):
    clientSecret = serializers.CharField()


class ServiceAccountList(ApplicationList):
    """The newer name of the same thing, with the newer name of its secret."""

    secret_field = "clientSecret"  # noqa: S105  a name, not a secret

    @extend_schema(request=ApplicationIn, responses={201: ServiceAccountMade, **refusals(400, 401, 403, 409)})
    def post(self, request: Request) -> Response:
        return super().post(request)


class ServiceAccountSecret(ApplicationSecret):
    secret_field = "clientSecret"  # noqa: S105  a name, not a secret

    @extend_schema(request=None, responses={200: ServiceAccountSecretOut, **refusals(401, 403, 404)})
    def post(self, request: Request, pk: Any) -> Response:
        return super().post(request, pk)
