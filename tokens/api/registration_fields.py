"""A client's registration as the administration API spells it. What may stand in it is judged by its verbs."""

from typing import Any

from rest_framework import serializers

from common.fields import Text, Verbatim
from common.unknown_names import KnownFields
from tokens.models.applications import ApplicationType, AuthMethod, GrantType
from tokens.models.keys import Algorithm


def one_of(*values: str) -> str:
    return f"One of: {', '.join(values)}."


class TextList(serializers.ListField):
    """A list of texts; the rows hold some of them as one text with spaces between."""

    child = Verbatim(max_length=2000)

    def to_representation(self, data: Any) -> list[Any]:
        return super().to_representation(data.split() if isinstance(data, str) else data)


class RegistrationFields(KnownFields):
    displayName = Text(source="display_name", max_length=100, allow_blank=True, required=False)
    clientType = Text(source="client_type", required=False, help_text=one_of("confidential", "public"))
    applicationType = Text(source="application_type", required=False, help_text=one_of(*ApplicationType.values))
    tokenEndpointAuthMethod = Text(
        source="token_endpoint_auth_method", required=False, help_text=one_of(*AuthMethod.values)
    )
    jwks = serializers.DictField(
        required=False, allow_null=True, help_text="The client's public keys, for private_key_jwt (RFC 7517 §5)."
    )
    grantTypes = TextList(source="grant_types", required=False, help_text=f"Of: {', '.join(GrantType.values)}.")
    redirectUris = TextList(source="redirect_uris", required=False)
    postLogoutRedirectUris = TextList(source="post_logout_redirect_uris", required=False)
    allowedOrigins = TextList(
        source="allowed_origins", required=False, help_text="Whose pages may ask for tokens from a browser."
    )
    scopes = TextList(required=False)
    audiences = TextList(required=False, help_text="Those of clusters, or the control plane's.")
    requirePkce = serializers.BooleanField(source="require_pkce", required=False)
    algorithm = Text(required=False, help_text=one_of(*Algorithm.values))
    accessTokenSeconds = serializers.IntegerField(
        source="access_token_seconds", required=False, allow_null=True, min_value=30, max_value=86_400
    )
    backchannelLogoutUri = Text(source="backchannel_logout_uri", max_length=2000, allow_blank=True, required=False)
    backchannelLogoutSessionRequired = serializers.BooleanField(
        source="backchannel_logout_session_required", required=False
    )
    firstParty = serializers.BooleanField(source="first_party", required=False)


REGISTRATION = tuple(RegistrationFields().fields)
