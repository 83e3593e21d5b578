from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api import Needs, Requires, caller, changes_in, refusals
from common.errors import NotFound
from common.fields import Text
from common.listing import Fields, narrow, page
from common.openapi import list_parameters
from common.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, Version
from common.unknown_names import KnownFields
from tokens.api.registration_fields import REGISTRATION, RegistrationFields
from tokens.client_metadata import FIELDS as REGISTERED
from tokens.models import Application
from tokens.services.applications import (
    APPS,
    OVERLAP,
    Named,
    delete_application,
    end_previous_secret,
    register_client,
    rotate_secret,
    set_application_enabled,
    update_registration,
    visible_applications,
)

FIELDS = Fields(
    sortable={"name": "name", "clientId": "client_id", "createdAt": "created_at", "lastLogin": "last_login"},
    filterable={"name": "name", "clientId": "client_id", "enabled": "enabled", "createdBy": "created_by"},
    searched=("name",),
    default_sort="name",
)


class ApplicationIn(RegistrationFields):
    name = Text(max_length=100)


class ApplicationPatch(RegistrationFields):
    enabled = serializers.BooleanField(required=False)


def overlap_ends_at(application: Application) -> datetime | None:
    """Until when the secret before the last rotation is good; None where there is none."""
    return application.previous_secret_ends_at if application.has_previous_secret else None


class ApplicationOut(RegistrationFields, serializers.ModelSerializer[Application]):
    clientId = serializers.CharField(source="client_id")
    createdBy = serializers.CharField(source="created_by")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    lastLogin = serializers.DateTimeField(source="last_login", allow_null=True)
    overlapEndsAt = serializers.SerializerMethodField(
        help_text="Until when the secret before the last rotation is good; null: there is none."
    )
    builtIn = serializers.BooleanField(source="built_in")

    class Meta:
        model = Application
        fields = (
            "id",
            "name",
            "clientId",
            "enabled",
            "createdBy",
            "createdAt",
            "updatedAt",
            "lastLogin",
            "overlapEndsAt",
            "builtIn",
            *REGISTRATION,
        )

    def get_overlapEndsAt(self, application: Application) -> datetime | None:
        return overlap_ends_at(application)


class ApplicationMade(RegistrationFields):
    """The registration stands in it where one was sent."""

    id = serializers.CharField()
    name = serializers.CharField()
    clientId = serializers.CharField()
    secret = serializers.CharField(required=False, help_text="Shown this once. A client without a secret has none.")


class ServiceAccountMade(RegistrationFields):
    id = serializers.CharField()
    name = serializers.CharField()
    clientId = serializers.CharField()
    clientSecret = serializers.CharField(required=False, help_text="Shown this once.")


class ApplicationsView(APIView):
    """A view of applications by one of their names: its permission is asked for, and its word for a secret used."""

    named: ClassVar[Named] = APPS
    secret_field: ClassVar[str] = "secret"  # noqa: S105  a name, not a secret

    def application(self, request: Request, pk: Any) -> Application:
        application = visible_applications(caller(request), named=self.named).filter(pk=pk).first()
        if application is None:
            raise NotFound("not_found", "No application has this id, or none that you may see.")
        return application


class ApplicationList(ApplicationsView):
    requires: ClassVar[Requires] = {
        "GET": Needs("apps", "read"),
        "POST": Needs("apps", "create"),
    }

    @extend_schema(
        parameters=list_parameters(FIELDS), responses={200: ApplicationOut(many=True), **refusals(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        rows: QuerySet[Application] = narrow(
            visible_applications(caller(request), named=self.named), request.query_params, FIELDS
        )
        return Response(ApplicationOut(page(rows, request.query_params, FIELDS), many=True).data)

    @extend_schema(request=ApplicationIn, responses={201: ApplicationMade, **refusals(400, 401, 403, 409)})
    def post(self, request: Request) -> Response:
        given = ApplicationIn(data=request.data)
        given.is_valid(raise_exception=True)
        registration = dict(given.validated_data)
        name = registration.pop("name")
        application, secret = register_client(
            actor=caller(request), name=name, registration=registration, named=self.named
        )
        body = {"id": str(application.pk), "name": application.name, "clientId": application.client_id}
        if secret:
            body[self.secret_field] = secret
        if registration:
            body |= RegistrationFields(application).data
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class ApplicationDetail(ApplicationsView):
    requires: ClassVar[Requires] = {
        "GET": Needs("apps", "read"),
        "PATCH": Needs("apps", "update"),
        "DELETE": Needs("apps", "delete"),
    }

    version = Version(*REGISTERED, "enabled")

    @extend_schema(
        parameters=[IF_NONE_MATCH, ETAG], responses={304: None, 200: ApplicationOut, **refusals(401, 403, 404)}
    )
    def get(self, request: Request, pk: Any) -> Response:
        application = self.application(request, pk)
        return self.version.unless_known(request, Response(ApplicationOut(application).data), application)

    @extend_schema(
        parameters=[IF_MATCH, ETAG],
        request=ApplicationPatch,
        responses={200: ApplicationOut, **refusals(400, 401, 403, 404, 409, 412)},
    )
    def patch(self, request: Request, pk: Any) -> Response:
        given = ApplicationPatch(data=request.data)
        given.is_valid(raise_exception=True)
        changes, actor, application = changes_in(given), caller(request), self.application(request, pk)
        with self.version.unchanged(request, application), transaction.atomic():
            if "enabled" in changes:
                enabled = changes.pop("enabled")
                application = set_application_enabled(
                    actor=actor, application=application, enabled=enabled, named=self.named
                )
            if changes:
                application = update_registration(
                    actor=actor, application=application, changes=changes, named=self.named
                )
        return self.version.tagged(Response(ApplicationOut(application).data), application)

    @extend_schema(parameters=[IF_MATCH], responses={204: None, **refusals(400, 401, 403, 404, 409, 412)})
    def delete(self, request: Request, pk: Any) -> Response:
        application = self.application(request, pk)
        with self.version.unchanged(request, application):
            delete_application(actor=caller(request), application=application, named=self.named)
        return Response(status=204)


class SecretAsked(KnownFields):
    overlapSeconds = serializers.IntegerField(
        min_value=0,
        max_value=7 * 24 * 3600,
        default=int(OVERLAP.total_seconds()),
        help_text="How long the secret before stays good; 0 when it is known to somebody else.",
    )


class SecretOut(serializers.Serializer[object]):
    secret = serializers.CharField()
    overlapEndsAt = serializers.DateTimeField(
        allow_null=True, help_text="Until when the one before is good too; null: it is not."
    )


class ApplicationSecret(ApplicationsView):
    requires: ClassVar[Requires] = {"POST": Needs("apps", "update")}

    @extend_schema(
        request=None, parameters=[SecretAsked], responses={200: SecretOut, **refusals(400, 401, 403, 404, 409)}
    )
    def post(self, request: Request, pk: Any) -> Response:
        asked = SecretAsked(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        overlap = timedelta(seconds=asked.validated_data["overlapSeconds"])
        application = self.application(request, pk)
        secret = rotate_secret(actor=caller(request), application=application, overlap=overlap, named=self.named)
        application.refresh_from_db()
        told = {self.secret_field: secret, "overlapEndsAt": overlap_ends_at(application)}
        return Response(told, headers={"Cache-Control": "no-store"})


class ApplicationPreviousSecret(ApplicationsView):
    requires: ClassVar[Requires] = {"DELETE": Needs("apps", "update")}

    @extend_schema(responses={204: None, **refusals(401, 403, 404, 409)})
    def delete(self, request: Request, pk: Any) -> Response:
        """Refuse the secret before the last rotation from now on."""
        end_previous_secret(actor=caller(request), application=self.application(request, pk), named=self.named)
        return Response(status=204)


class ServiceAccountSecretOut(serializers.Serializer[object]):
    clientSecret = serializers.CharField()
    overlapEndsAt = serializers.DateTimeField(
        allow_null=True, help_text="Until when the one before is good too; null: it is not."
    )


class ServiceAccounts(ApplicationsView):
    """The same things by their newer name, with a permission of its own."""

    named = "service-account"
    secret_field = "clientSecret"  # noqa: S105  a name, not a secret


class ServiceAccountList(ServiceAccounts, ApplicationList):
    requires: ClassVar[Requires] = {"GET": Needs("service-account", "read"), "POST": Needs("service-account", "create")}

    @extend_schema(request=ApplicationIn, responses={201: ServiceAccountMade, **refusals(400, 401, 403, 409)})
    def post(self, request: Request) -> Response:
        return super().post(request)


class ServiceAccountDetail(ServiceAccounts, ApplicationDetail):
    requires: ClassVar[Requires] = {
        "GET": Needs("service-account", "read"),
        "PATCH": Needs("service-account", "update"),
        "DELETE": Needs("service-account", "delete"),
    }


class ServiceAccountSecret(ServiceAccounts, ApplicationSecret):
    requires: ClassVar[Requires] = {"POST": Needs("service-account", "update")}

    @extend_schema(
        request=None,
        parameters=[SecretAsked],
        responses={200: ServiceAccountSecretOut, **refusals(400, 401, 403, 404, 409)},
    )
    def post(self, request: Request, pk: Any) -> Response:
        return super().post(request, pk)


class ServiceAccountPreviousSecret(ServiceAccounts, ApplicationPreviousSecret):
    requires: ClassVar[Requires] = {"DELETE": Needs("service-account", "update")}
