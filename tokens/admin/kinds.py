"""What an application is, in words of whoever connects one: each stands for a registration to begin with."""

import re

from django.db import models

from tokens.models import Application
from tokens.models.applications import AuthMethod, Grant
from tokens.models.applications import Kind as ApplicationType
from tokens.services.clients import LOOPBACK

CODE, REFRESH = Grant.AUTHORIZATION_CODE.value, Grant.REFRESH_TOKEN.value
ORIGIN = re.compile("https?://[^/?#]+")


class Kind(models.TextChoices):
    ROBOT = "robot", "Robot: a script or pipeline that acts for itself"
    WEB = "web", "Web application: a server that signs people in"
    PAGES = "pages", "Web application without a server: pages that sign people in by themselves"
    NATIVE = "native", "Native or command-line application: on people's own machines"
    DEVICE = "device", "Device without a browser: people enter a code elsewhere"


def registration_for(kind: str, redirect_uris: list[str]) -> dict[str, object]:
    native = {"token_endpoint_auth_method": AuthMethod.NONE.value, "application_type": ApplicationType.NATIVE.value}
    match kind:
        case Kind.WEB:
            return {"grant_types": [CODE, REFRESH], "redirect_uris": redirect_uris}
        case Kind.PAGES:
            origins = [found[0] for uri in redirect_uris if (found := ORIGIN.match(uri))]
            public = {"token_endpoint_auth_method": AuthMethod.NONE.value, "allowed_origins": origins}
            return {**public, "grant_types": [CODE, REFRESH], "redirect_uris": redirect_uris}
        case Kind.NATIVE:
            # As kubelogin and its like listen; the port of the addresses is free.
            return {**native, "grant_types": [CODE, REFRESH], "redirect_uris": redirect_uris or LOOPBACK.split()}
        case Kind.DEVICE:
            return {**native, "grant_types": [Grant.DEVICE_CODE.value, REFRESH]}
        case _:
            return {}


def kind_of(application: Application) -> str:
    """In a word, by what it may ask for."""
    if application.allows(Grant.AUTHORIZATION_CODE):
        return "native" if application.is_native else "web"
    if application.allows(Grant.DEVICE_CODE):
        return "device"
    return "robot" if application.allows(Grant.CLIENT_CREDENTIALS) else "other"
