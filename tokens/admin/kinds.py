"""Kinds of application, in words of whoever connects one: each stands for a registration to begin with."""

import re

from django.db import models
from django.utils.translation import gettext, gettext_lazy

from tokens.models import Application
from tokens.models.applications import ApplicationType, AuthMethod, GrantType
from tokens.services.clients import LOOPBACK

CODE, REFRESH = GrantType.AUTHORIZATION_CODE.value, GrantType.REFRESH_TOKEN.value
ORIGIN = re.compile("https?://[^/?#]+")


class ApplicationKind(models.TextChoices):
    ROBOT = "robot", gettext_lazy("Robot: a script or pipeline that acts for itself")
    WEB = "web", gettext_lazy("Web application: a server that signs people in")
    PAGES = "pages", gettext_lazy("Web application without a server: pages that sign people in by themselves")
    NATIVE = "native", gettext_lazy("Native or command-line application: on people's own machines")
    DEVICE = "device", gettext_lazy("Device without a browser: people enter a code elsewhere")


def registration_for(kind: str, redirect_uris: list[str]) -> dict[str, object]:
    native = {"token_endpoint_auth_method": AuthMethod.NONE.value, "application_type": ApplicationType.NATIVE.value}
    match kind:
        case ApplicationKind.WEB:
            return {"grant_types": [CODE, REFRESH], "redirect_uris": redirect_uris}
        case ApplicationKind.PAGES:
            origins = [found[0] for uri in redirect_uris if (found := ORIGIN.match(uri))]
            public = {"token_endpoint_auth_method": AuthMethod.NONE.value, "allowed_origins": origins}
            return {**public, "grant_types": [CODE, REFRESH], "redirect_uris": redirect_uris}
        case ApplicationKind.NATIVE:
            # As kubelogin and its like listen; the port of the addresses is free.
            return {**native, "grant_types": [CODE, REFRESH], "redirect_uris": redirect_uris or LOOPBACK.split()}
        case ApplicationKind.DEVICE:
            return {**native, "grant_types": [GrantType.DEVICE_CODE.value, REFRESH]}
        case _:
            return {}


def kind_of(application: Application) -> str:
    """In a word, by what it may ask for."""
    if application.allows(GrantType.AUTHORIZATION_CODE):
        return gettext("native") if application.is_native else gettext("web")
    if application.allows(GrantType.DEVICE_CODE):
        return gettext("device")
    return gettext("robot") if application.allows(GrantType.CLIENT_CREDENTIALS) else gettext("other")
