"""Form fields for the parts of a registration: lists as lines, keys as JSON, known words as boxes to tick."""

import json
from typing import Any

from django import forms
from django.conf import settings

from common.forms import JSONText, Words
from tokens.claims import SCOPES
from tokens.models.applications import GrantType


class KeySet(JSONText):
    """A JWK set, or nothing."""

    # A private key may be pasted by mistake: no draft keeps it.
    widget = forms.Textarea(attrs={"rows": 6, "cols": 80, "spellcheck": "false", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2) if isinstance(value, dict) else super().prepare_value(value)


def ticked(choices: list[tuple[str, str]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, required=False)


def form_field(name: str) -> forms.Field | None:
    """The field of the form for a column; None where the usual one will do."""
    match name:
        case "grant_types":
            return ticked(list(GrantType.choices))
        case "scopes":
            return ticked([(scope, f"{scope}: {sentence}") for scope, sentence in SCOPES.items()])
        case "jwks":
            return KeySet(required=False)
        case _:
            return Words(required=False) if name in LINES else None


LINES = ("redirect_uris", "post_logout_redirect_uris", "allowed_origins", "audiences")
LABELS = {
    "display_name": "Display name",
    "token_endpoint_auth_method": "Authentication",
    "jwks": "JWKS",
    "grant_types": "Grant types",
    "scopes": "Scopes",
    "audiences": "Audiences",
    "redirect_uris": "Redirect URIs",
    "post_logout_redirect_uris": "Redirect URIs after signing out",
    "allowed_origins": "Allowed origins",
    "backchannel_logout_uri": "Back-channel logout URI",
    "backchannel_logout_session_required": "Back-channel logout names the session",
    "access_token_seconds": "Access token lifetime, in seconds",
}
HELP = {
    "display_name": "What people read when they are asked whether they want to sign in to it. Blank: its name.",
    "token_endpoint_auth_method": "How it proves who it is. With anything but a secret, the secret it had is"
    " forgotten; a secret for one that has none is made with “New secret”.",
    "jwks": 'For the JWT: its public keys as {"keys": [...]}, RSA from 2048 bits or EC P-256.',
    "grant_types": "How it may get tokens. Client credentials are for itself, the others for people.",
    "scopes": "What it may ask to know of people.",
    "audiences": "Where it may act for people beside itself, one on a line: a cluster's audience, which is on the"
    f" cluster's page, or {settings.API_AUDIENCE} for the control plane. Whoever adds one has to hold all power there.",
    "application_type": "Native: on people's own machines, where it listens on the loopback.",
    "redirect_uris": "Where people come back to when they signed in, one on a line, exactly as the application sends"
    " it. For a native application the port of 127.0.0.1 and [::1] is free.",
    "post_logout_redirect_uris": "One on a line, exactly as the application sends it.",
    "allowed_origins": "Web pages that may ask for its tokens in a browser, such as https://app.example.com.",
    "backchannel_logout_uri": "We tell it when a person's session ends. Begins with https://.",
    "backchannel_logout_session_required": "Whether it insists on that. It is told in any case.",
    "algorithm": "Signs its tokens. All that verify them have to know it.",
    "access_token_seconds": "From 30 to 86400. Blank: as everybody's.",
    "require_pkce": "Leave it on. Off only for a confidential client that sends neither PKCE nor a nonce, by a system"
    " administrator.",
    "first_party": "Ours: people are not asked, and its tokens are for the control plane, with all that its users may"
    " do. Only by a system administrator.",
}
