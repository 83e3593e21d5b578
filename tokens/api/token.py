"""`POST /api/v1/token`: the platform's own way to a token, for scripts, its CLI and its client library."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.names import LONGEST_EMAIL
from common.api import PUBLIC, Requires, refusals
from common.errors import Invalid, Unauthenticated, Unavailable
from common.fields import Verbatim
from common.unknown_names import KnownFields
from tokens.models import Application
from tokens.models.applications import with_client_id
from tokens.services.clients import FIRST_PARTY, check_secret
from tokens.services.issue import Issued, issue_to_application
from tokens.services.password import issue_for_password
from tokens.services.refresh import refresh
from tokens.services.sizes import MOST_NAMED

MOST_BYTES = 16 * 1024  # names, secrets and a password: all that strangers send here


FIELDS_OF_GRANT = {
    "password": ("username", "password", "clientID"),
    "client_credentials": ("clientID", "clientSecret"),
    "app_token": ("appID", "appSecret"),
    "refresh_token": ("refreshToken", "clientID"),
}
GRANTS = tuple(FIELDS_OF_GRANT)


class Optional(Verbatim):
    """Parameters that only some grants need."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, **kwargs)


class TokenIn(KnownFields):
    # Of grants that this service refuses by their name.
    passed_over = frozenset({"code", "redirectUri", "externalToken"})

    grantType = serializers.ChoiceField(GRANTS)
    username = Optional(max_length=LONGEST_EMAIL)
    password = Optional()
    clientID = Optional(max_length=100)
    clientSecret = Optional(max_length=500)
    appID = Optional(max_length=100)
    appSecret = Optional(max_length=500)
    refreshToken = Optional(max_length=500)
    audience = Optional(max_length=100)
    resource = Optional(max_length=100, help_text="The same, by its name in RFC 8707.")

    def to_internal_value(self, data: Any) -> Any:
        """Names in any case: the platform's clients write AppId, appID and clientId for the same thing."""
        if not isinstance(data, dict):
            raise serializers.ValidationError({"non_field_errors": ["Send a JSON object."]})
        names: dict[str, str] = {str(name).lower(): str(name) for name in (*self.fields, *self.passed_over)}
        spelled: dict[str, Any] = {}
        for name, value in data.items():
            field = names.get(name.lower()) or name
            if field in spelled:
                raise serializers.ValidationError({field: ["It stands there twice, in different cases."]})
            spelled[field] = value
        read: dict[str, Any] = super().to_internal_value(spelled)
        known = {"grantType", "audience", "resource", *FIELDS_OF_GRANT[read["grantType"]]}
        for name, value in spelled.items():
            if name not in known and value not in (None, ""):  # clients send what they don't use as null
                raise serializers.ValidationError({name: [f"The grant {read['grantType']} has no such field."]})
        return read


class TokenOut(serializers.Serializer[Issued]):
    accessToken = serializers.CharField(source="access_token")
    idToken = serializers.CharField(source="id_token")
    refreshToken = serializers.CharField(source="refresh_token", required=False)
    expiresIn = serializers.IntegerField(source="expires_in", help_text="seconds")
    tokenType = serializers.CharField(read_only=True)
    groupsLeftOut = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text=f"The first {MOST_NAMED} groups that matter in the cluster and that the token has no room for: where"
        " the cluster reads groups in tokens, rules for them have no effect.",
    )
    groupsLeftOutCount = serializers.IntegerField(required=False)

    def to_representation(self, instance: Issued) -> dict[str, object]:
        body: dict[str, object] = {
            "accessToken": instance.access_token,
            "idToken": instance.id_token,
            "expiresIn": instance.expires_in,
            "tokenType": "Bearer",
        }
        if instance.refresh_token:
            body["refreshToken"] = instance.refresh_token
        if instance.left_out:
            body["groupsLeftOut"] = instance.left_out[:MOST_NAMED]
            body["groupsLeftOutCount"] = len(instance.left_out)
        return body


class TokenView(APIView):
    requires: ClassVar[Requires] = PUBLIC
    authentication_classes = ()
    most_bytes = MOST_BYTES

    @extend_schema(request=TokenIn, responses={200: TokenOut, **refusals(400, 503)}, auth=[])
    def post(self, request: Request) -> Response:
        given = TokenIn(data=request.data)
        given.is_valid(raise_exception=True)
        if "" in (given.validated_data.get("audience"), given.validated_data.get("resource")):
            raise Invalid("invalid_target", "The audience is empty. Leave it out for a token for the API.")
        fields = {name: value or "" for name, value in given.validated_data.items()}
        resource = fields.pop("resource", "")
        fields["audience"] = fields.get("audience") or resource
        if resource not in ("", fields["audience"]):
            raise Invalid("invalid_target", "Ask for one audience at a time: each token has one.")
        return Response(TokenOut(issued_for(fields)).data, headers={"Cache-Control": "no-store"})


def issued_for(fields: Mapping[str, str]) -> Issued:
    try:
        return GRANT[fields["grantType"]]({**fields})
    except Unauthenticated as refusal:
        # 400 as published: the platform's client would try a 401 three times more.
        raise Invalid(refusal.code, refusal.message) from None


def by_password(fields: dict[str, str]) -> Issued:
    if not settings.PASSWORD_GRANT_ENABLED:
        raise Invalid("grant_disabled", "Getting a token by password is switched off here. Sign in with a browser.")
    return issue_for_password(
        client_id=_first_party(fields),
        email=_given(fields, "username"),
        password=_given(fields, "password"),
        audience=fields.get("audience", ""),
    )


def by_client_credentials(fields: dict[str, str]) -> Issued:
    client_id, secret = _given(fields, "clientID"), _given(fields, "clientSecret")
    return _to_application(client_id, secret, fields)


def by_app_token(fields: dict[str, str]) -> Issued:
    client_id, secret = _given(fields, "appID"), _given(fields, "appSecret")
    return _to_application(client_id, secret, fields)


def by_refresh_token(fields: dict[str, str]) -> Issued:
    token = _given(fields, "refreshToken")
    return refresh(token=token, application=_built_in(_first_party(fields)), audience=fields.get("audience", ""))


GRANT: dict[str, Callable[[dict[str, str]], Issued]] = {
    "password": by_password,
    "client_credentials": by_client_credentials,
    "app_token": by_app_token,
    "refresh_token": by_refresh_token,
}


def _to_application(client_id: str, secret: str, fields: dict[str, str]) -> Issued:
    application = check_secret(client_id=client_id, secret=secret)
    return issue_to_application(application=application, audience=fields.get("audience", ""), just_read=True)


def _first_party(fields: dict[str, str]) -> str:
    client_id = fields.get("clientID") or "cli"
    if client_id not in FIRST_PARTY:
        raise Invalid("unknown_client", f"For people, clientID is one of: {', '.join(sorted(FIRST_PARTY))}.")
    return client_id


def _built_in(client_id: str) -> Application:
    application = with_client_id(client_id)
    if application is None:
        raise Unavailable("no_built_in_clients", f"The client {client_id} is missing. Run: manage.py bootstrap")
    return application


def _given(fields: dict[str, str], name: str) -> str:
    value = fields.get(name, "")
    if not value:
        raise Invalid("missing_field", f"{name} is missing.")
    return value


class AppTokenIn(KnownFields):
    id = Optional(max_length=100)
    name = Optional(max_length=100)
    secret = Optional(max_length=500)


class AppTokenOut(serializers.Serializer[object]):
    access_token = serializers.CharField()
    id_token = serializers.CharField()


class AppToken(APIView):
    """The platform's older form, which scripts still send."""

    requires: ClassVar[Requires] = PUBLIC
    authentication_classes = ()
    most_bytes = MOST_BYTES

    @extend_schema(request=AppTokenIn, responses={200: AppTokenOut, **refusals(400, 503)}, auth=[])
    def post(self, request: Request) -> Response:
        given = AppTokenIn(data=request.data)
        given.is_valid(raise_exception=True)
        fields = {name: value or "" for name, value in given.validated_data.items()}
        if fields.get("id") and fields.get("name") not in (None, "", fields["id"]):
            raise Invalid("bad_client", "id and name: Both name the application. Send one.")
        try:
            issued = _to_application(fields.get("id") or _given(fields, "name"), _given(fields, "secret"), fields)
        except Unauthenticated as refusal:
            raise Invalid(refusal.code, refusal.message) from None
        body = {"access_token": issued.access_token, "id_token": issued.id_token}
        return Response(body, headers={"Cache-Control": "no-store"})
