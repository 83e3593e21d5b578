"""Form fields for the parts of a registration: lists as lines, keys as JSON, known words as boxes to tick."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from common.forms import JSONText, Words
from tokens.claims import SCOPES
from tokens.models.applications import GrantType


class KeySet(JSONText):
    """A JWK set, or nothing."""

    # A private key may be pasted by mistake: no draft keeps it.
    widget = forms.Textarea(attrs={"rows": 6, "cols": 80, "spellcheck": "false", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2) if isinstance(value, dict) else super().prepare_value(value)


def ticked(choices: Sequence[tuple[str, Any]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, required=False)


def form_field(name: str) -> forms.Field | None:
    """Return the field of the form for a column; None where the usual one will do."""
    match name:
        case "grant_types":
            return ticked([(value, gettext_lazy(str(label))) for value, label in GrantType.choices])
        case "scopes":
            return ticked(
                [(scope, format_lazy("{}: {}", scope, gettext_lazy(sentence))) for scope, sentence in SCOPES.items()]
            )
        case "jwks":
            return KeySet(required=False)
        case _:
            return Words(required=False) if name in LINES else None


LINES = ("redirect_uris", "post_logout_redirect_uris", "allowed_origins", "audiences")
LABELS = {
    "display_name": gettext_lazy("Display name"),
    "token_endpoint_auth_method": gettext_lazy("Authentication"),
    "jwks": "JWKS",
    "grant_types": gettext_lazy("Grant types"),
    "scopes": gettext_lazy("Scopes"),
    "audiences": gettext_lazy("Audiences"),
    "redirect_uris": gettext_lazy("Redirect URIs"),
    "post_logout_redirect_uris": gettext_lazy("Redirect URIs after signing out"),
    "allowed_origins": gettext_lazy("Allowed origins"),
    "backchannel_logout_uri": gettext_lazy("Back-channel logout URI"),
    "backchannel_logout_session_required": gettext_lazy("Back-channel logout names the session"),
    "access_token_seconds": gettext_lazy("Access token lifetime, in seconds"),
}
HELP = {
    "display_name": gettext_lazy(
        "What people read when they are asked whether they want to sign in to it. Blank: its name."
    ),
    "token_endpoint_auth_method": gettext_lazy(
        "How it proves who it is. With anything but a secret, the secret it had is"
        " forgotten; a secret for one that has none is made with “New secret”."
    ),
    "jwks": gettext_lazy('For the JWT: its public keys as {"keys": [...]}, RSA from 2048 bits or EC P-256.'),
    "grant_types": gettext_lazy("How it may get tokens. Client credentials are for itself, the others for people."),
    "scopes": gettext_lazy("What it may ask to know of people."),
    "audiences": format_lazy(
        gettext_lazy(
            "Where it may act for people beside itself, one on a line: a cluster's audience, which is on the"
            " cluster's page, or {api} for the control plane. Whoever adds one has to hold all power there."
        ),
        api=settings.API_AUDIENCE,
    ),
    "application_type": gettext_lazy("Native: on people's own machines, where it listens on the loopback."),
    "redirect_uris": gettext_lazy(
        "Where people come back to when they signed in, one on a line, exactly as the application sends"
        " it. For a native application the port of 127.0.0.1 and [::1] is free."
    ),
    "post_logout_redirect_uris": gettext_lazy("One on a line, exactly as the application sends it."),
    "allowed_origins": gettext_lazy(
        "Web pages that may ask for its tokens in a browser, such as https://app.example.com."
    ),
    "backchannel_logout_uri": gettext_lazy("We tell it when a person's session ends. Begins with https://."),
    "backchannel_logout_session_required": gettext_lazy("Whether it insists on that. It is told in any case."),
    "algorithm": gettext_lazy("Signs its tokens. All that verify them have to know it."),
    "access_token_seconds": gettext_lazy("From 30 to 86400. Blank: as everybody's."),
    "require_pkce": gettext_lazy(
        "Leave it on. Off only for a confidential client that sends neither PKCE nor a nonce, by a system"
        " administrator."
    ),
    "first_party": gettext_lazy(
        "Ours: people are not asked, and its tokens are for the control plane, with all that its users may"
        " do. Only by a system administrator."
    ),
}
