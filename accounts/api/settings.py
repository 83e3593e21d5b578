"""Settings | General by API: each key's value is an object of its own, as the platform has it."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import GeneralSettings
from accounts.ports.providers import providers
from accounts.services.settings import update_general_settings
from common.actors import Actor
from common.api import Needs, Requires, caller, refusals
from common.errors import Conflict, NotFound
from common.fields import Text
from common.preconditions import ETAG, IF_MATCH, Version
from common.unknown_names import KnownFields


class BrowserSessionTimeout(KnownFields):
    idleTimeout = serializers.IntegerField(
        min_value=1, max_value=525_600, allow_null=True, help_text="Minutes without activity; null: 24 hours."
    )


class LogoutRedirectUri(KnownFields):
    uri = Text(allow_null=True, allow_blank=True, max_length=2000)


class AutoRedirectSSO(KnownFields):
    enabled = serializers.BooleanField(allow_null=True)
    idpAlias = Text(
        allow_null=True,
        allow_blank=True,
        required=False,
        max_length=60,
        help_text="Of a provider that is in use; it may be left out where there is only one.",
    )


class SecondFactor(KnownFields):
    administrators = serializers.BooleanField(help_text="Must everybody have one to whom the administration opens?")
    roles = serializers.ListField(child=Text(max_length=100), max_length=50, help_text="Names of roles.")
    graceDays = serializers.IntegerField(min_value=0, max_value=90)
    stepUpMinutes = serializers.IntegerField(min_value=1, max_value=720)


class SecuritySettings(serializers.Serializer[object]):
    autoRedirectSSO = AutoRedirectSSO()
    browserSessionTimeout = BrowserSessionTimeout()
    logoutRedirectUri = LogoutRedirectUri()
    secondFactor = SecondFactor()


def values(row: GeneralSettings) -> dict[str, dict[str, Any]]:
    alias = row.auto_redirect_alias
    return {
        "autoRedirectSSO": {"enabled": bool(alias), "idpAlias": alias or None},
        "browserSessionTimeout": {"idleTimeout": row.idle_timeout_minutes},
        "logoutRedirectUri": {"uri": row.logout_redirect_uri or None},
        "secondFactor": {
            "administrators": row.second_factor_of_administrators,
            "roles": row.second_factor_of_roles,
            "graceDays": row.second_factor_grace_days,
            "stepUpMinutes": row.step_up_minutes,
        },
    }


def put_timeout(actor: Actor, value: dict[str, Any]) -> None:
    update_general_settings(actor=actor, idle_timeout_minutes=value["idleTimeout"])


def put_logout_redirect(actor: Actor, value: dict[str, Any]) -> None:
    update_general_settings(actor=actor, logout_redirect_uri=value["uri"] or "")


def put_auto_redirect(actor: Actor, value: dict[str, Any]) -> None:
    alias = (value.get("idpAlias") or _the_only_alias()) if value["enabled"] else ""
    update_general_settings(actor=actor, auto_redirect_alias=alias)


def put_second_factor(actor: Actor, value: dict[str, Any]) -> None:
    update_general_settings(
        actor=actor,
        second_factor_of_administrators=value["administrators"],
        second_factor_of_roles=sorted(set(value["roles"])),
        second_factor_grace_days=value["graceDays"],
        step_up_minutes=value["stepUpMinutes"],
    )


def _the_only_alias() -> str:
    buttons = providers().buttons()
    if not buttons:
        raise Conflict("no_identity_provider", "No identity provider is in use that people could be sent to.")
    if len(buttons) > 1:
        raise Conflict("no_identity_provider", "Several identity providers are in use: name one by idpAlias.")
    return buttons[0].alias


class ValueVersion(Version):
    """The version of one key's value."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def values(self, row: GeneralSettings) -> dict[str, Any]:
        return values(row)[self.key]


Put = Callable[[Actor, dict[str, Any]], None]

KEYS: dict[str, tuple[type[KnownFields], Put]] = {
    "autoRedirectSSO": (AutoRedirectSSO, put_auto_redirect),
    "browserSessionTimeout": (BrowserSessionTimeout, put_timeout),
    "logoutRedirectUri": (LogoutRedirectUri, put_logout_redirect),
    "secondFactor": (SecondFactor, put_second_factor),
}

# For the API's description: one of the values, by the key in the path.
VALUE = PolymorphicProxySerializer(
    component_name="SecuritySetting",
    serializers=[serializer for serializer, _ in KEYS.values()],
    resource_type_field_name=None,
)
KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, enum=list(KEYS))


class SettingsList(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("security-settings", "read")}

    @extend_schema(operation_id="security_settings_all", responses={200: SecuritySettings, **refusals(401, 403)})
    def get(self, request: Request) -> Response:
        return Response(values(GeneralSettings.current()))


class SettingsDetail(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("security-settings", "read"),
        "PUT": Needs("security-settings", "update"),
    }

    @extend_schema(parameters=[KEY, ETAG], responses={200: VALUE, **refusals(401, 403, 404)})
    def get(self, request: Request, key: str) -> Response:
        _known(key)
        row = GeneralSettings.current()
        return ValueVersion(key).tagged(Response(values(row)[key]), row)

    @extend_schema(
        parameters=[KEY, IF_MATCH], request=VALUE, responses={200: None, **refusals(400, 401, 403, 404, 409, 412)}
    )
    def put(self, request: Request, key: str) -> Response:
        """The body is the value of the key: `{"idleTimeout": 30}` for `browserSessionTimeout`."""
        serializer, put = _known(key)
        given = serializer(data=request.data)
        given.is_valid(raise_exception=True)
        with ValueVersion(key).kept(request, GeneralSettings.current()):
            put(caller(request), given.validated_data)
        return Response(status=200)


def _known(key: str) -> tuple[type[KnownFields], Put]:
    if key not in KEYS:
        raise NotFound("not_found", f"The settings are: {', '.join(KEYS)}.")
    return KEYS[key]
