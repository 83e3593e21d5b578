"""Settings | General by API: each key's value is an object of its own, as the platform has it."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import GeneralSettings, MailSecurity
from accounts.names import LONGEST_EMAIL
from accounts.ports.providers import providers
from accounts.services.mail_settings import try_mail_server, update_mail_settings
from accounts.services.settings import update_general_settings
from common.actors import Actor
from common.api import Needs, Requires, caller, refusals
from common.errors import Conflict, NotFound
from common.fields import Text
from common.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, Version
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


class HelpContact(KnownFields):
    contact = Text(
        allow_null=True, allow_blank=True, max_length=300, help_text="Null: what HELP_CONTACT of the environment says."
    )


class MailSetting(KnownFields):
    """Settings | Mail. `password` is written and never shown; left out, the one that is kept stays."""

    passed_over = frozenset({"hasPassword"})

    host = Text(allow_blank=True, max_length=253, help_text="Blank: no mail is sent.")
    port = serializers.IntegerField(min_value=1, max_value=65_535)
    encryption = serializers.ChoiceField(MailSecurity.values)
    username = Text(allow_blank=True, max_length=254)
    password = Text(write_only=True, required=False, max_length=1000, trim_whitespace=False)
    hasPassword = serializers.BooleanField(read_only=True)
    sender = Text(allow_blank=True, max_length=LONGEST_EMAIL, help_text="The address that sends.")
    recovery = serializers.BooleanField(help_text="May people recover their password by mail?")
    notices = serializers.BooleanField(help_text="Are people told of changes to their account?")
    newPlaces = serializers.BooleanField(help_text="Are people told of sign-ins from a new address?")
    attention = serializers.ListField(
        child=serializers.EmailField(max_length=LONGEST_EMAIL),
        max_length=10,
        help_text="Who is sent what needs attention.",
    )
    tryFirst = serializers.BooleanField(
        write_only=True,
        required=False,
        default=True,
        help_text="Reach the server first, without sending a mail, and refuse what it does not take.",
    )


class SecuritySettings(serializers.Serializer[object]):
    autoRedirectSSO = AutoRedirectSSO()
    browserSessionTimeout = BrowserSessionTimeout()
    helpContact = HelpContact()
    logoutRedirectUri = LogoutRedirectUri()
    mail = MailSetting()
    secondFactor = SecondFactor()


def values(row: GeneralSettings) -> dict[str, dict[str, Any]]:
    alias = row.auto_redirect_alias
    return {
        "autoRedirectSSO": {"enabled": bool(alias), "idpAlias": alias or None},
        "browserSessionTimeout": {"idleTimeout": row.idle_timeout_minutes},
        "helpContact": {"contact": row.help_contact or None},
        "logoutRedirectUri": {"uri": row.logout_redirect_uri or None},
        "mail": {
            "host": row.mail_host,
            "port": row.mail_port,
            "encryption": row.mail_security,
            "username": row.mail_username,
            "hasPassword": bool(row.mail_password_encrypted),
            "sender": row.mail_from,
            "recovery": row.mail_recovery,
            "notices": row.mail_notices,
            "newPlaces": row.mail_new_places,
            "attention": row.attention_addresses,
        },
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


def put_help_contact(actor: Actor, value: dict[str, Any]) -> None:
    update_general_settings(actor=actor, help_contact=value["contact"] or "")


def put_mail(actor: Actor, value: dict[str, Any]) -> None:
    wanted = {
        "mail_host": value["host"],
        "mail_port": value["port"],
        "mail_security": value["encryption"],
        "mail_username": value["username"],
        "mail_from": value["sender"],
        "mail_recovery": value["recovery"],
        "mail_notices": value["notices"],
        "mail_new_places": value["newPlaces"],
        "mail_attention": ", ".join(value["attention"]),
    }
    password = value.get("password", "")
    if value["tryFirst"]:
        try_mail_server(actor=actor, password=password, **wanted)
    update_mail_settings(actor=actor, password=password, **wanted)


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
    "helpContact": (HelpContact, put_help_contact),
    "logoutRedirectUri": (LogoutRedirectUri, put_logout_redirect),
    "mail": (MailSetting, put_mail),
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

    @extend_schema(parameters=[KEY, IF_NONE_MATCH, ETAG], responses={304: None, 200: VALUE, **refusals(401, 403, 404)})
    def get(self, request: Request, key: str) -> Response:
        _known(key)
        row = GeneralSettings.current()
        return ValueVersion(key).unless_known(request, Response(values(row)[key]), row)

    @extend_schema(
        parameters=[KEY, IF_MATCH], request=VALUE, responses={200: None, **refusals(400, 401, 403, 404, 409, 412)}
    )
    def put(self, request: Request, key: str) -> Response:
        """The body is the value of the key: `{"idleTimeout": 30}` for `browserSessionTimeout`."""
        serializer, put = _known(key)
        given = serializer(data=request.data)
        given.is_valid(raise_exception=True)
        with ValueVersion(key).unchanged(request, GeneralSettings.current()):
            put(caller(request), given.validated_data)
        return Response(status=200)


def _known(key: str) -> tuple[type[KnownFields], Put]:
    if key not in KEYS:
        raise NotFound("not_found", f"The settings are: {', '.join(KEYS)}.")
    return KEYS[key]
