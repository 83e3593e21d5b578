"""An identity provider as a caller sees it: everything but the secret."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from sso.api.reading import HIDDEN, OAUTH_METADATA, PART_OF_TYPE, MandatoryClaim, Mappers
from sso.models import IdentityProvider
from sso.services.certificates import soonest_end

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


class SamlOut(serializers.Serializer[IdentityProvider]):
    metadataXmlUrl = serializers.CharField(source="metadata_url", help_text="Blank where it was given as a file.")
    signingCertificate = serializers.SerializerMethodField(help_text="PEM; in a rollover several, one after another.")
    certificateExpiresAt = serializers.SerializerMethodField(help_text="When the last of them ends.")
    metadataValidUntil = serializers.DateTimeField(
        source="metadata_valid_until",
        read_only=True,
        allow_null=True,
        help_text="When the metadata ends: nobody signs in from then on. Null: it does not end.",
    )
    singleSignOnServiceUrl = serializers.SerializerMethodField()
    entityId = serializers.CharField(source="entity_id", help_text="Ours towards the provider.")
    serviceProviderMetadataUrl = serializers.SerializerMethodField()
    nameIdFormat = serializers.CharField(source="name_id_format")
    providerEntityId = serializers.CharField(
        source="metadata_entity_id", help_text="Of several in the metadata the one that is meant."
    )

    def get_signingCertificate(self, provider: IdentityProvider) -> str:
        return "".join(provider.peer.get("certificates", ()))

    def get_certificateExpiresAt(self, provider: IdentityProvider) -> datetime | None:
        known = soonest_end(provider)
        return known.ends_at if known else None

    def get_singleSignOnServiceUrl(self, provider: IdentityProvider) -> str:
        places: dict[str, str] = provider.peer.get("sign_in", {})
        return places.get(REDIRECT) or next(iter(places.values()), "")

    def get_serviceProviderMetadataUrl(self, provider: IdentityProvider) -> str:
        return f"{provider.redirect_uri}/descriptor"


class OpenIDOut(serializers.Serializer[IdentityProvider]):
    clientId = serializers.CharField(source="client_id")
    clientSecret = serializers.SerializerMethodField(help_text="Always the same stars.")
    tokenEndpointAuthMethod = serializers.CharField(
        source="client_authentication", help_text="Blank: as the provider's metadata says."
    )
    scopes = serializers.ListField(child=serializers.CharField())

    def get_clientSecret(self, provider: IdentityProvider) -> str:
        return HIDDEN


class OidcOut(OpenIDOut):
    discoverDocumentUrl = serializers.CharField(source="metadata_url")
    mandatoryClaim = MandatoryClaim(source="mandatory_claim", allow_null=True)


class OcpOut(OpenIDOut):
    idpBaseUrl = serializers.SerializerMethodField()

    def get_idpBaseUrl(self, provider: IdentityProvider) -> str:
        return provider.metadata_url.removesuffix(OAUTH_METADATA)


class IdpOut(serializers.ModelSerializer[IdentityProvider]):
    """An identity provider; of `samlData`, `oidcData` and `ocpData` it has the one of its type."""

    createUsers = serializers.BooleanField(source="create_users")
    linkByEmail = serializers.BooleanField(source="link_by_email")
    allowIdpInitiated = serializers.BooleanField(source="allow_idp_initiated")
    keepGroups = serializers.BooleanField(source="keep_groups")
    trustEmail = serializers.BooleanField(source="trust_email")
    emailDomains = serializers.ListField(source="email_domains", child=serializers.CharField())
    groupNames = serializers.ListField(source="group_names", child=serializers.CharField())
    posixIds = serializers.BooleanField(source="posix_ids")
    posixIdsFrom = serializers.IntegerField(source="posix_ids_from")
    secondFactor = serializers.CharField(source="second_factor", help_text="ask, require, or blank.")
    authnContexts = serializers.ListField(source="authn_contexts", child=serializers.CharField())
    authnComparison = serializers.CharField(source="authn_comparison")
    redirectUri = serializers.CharField(source="redirect_uri")
    samlData = SamlOut(source="*", required=False)
    oidcData = OidcOut(source="*", required=False)
    ocpData = OcpOut(source="*", required=False)
    mappers = Mappers(source="*")

    class Meta:
        model = IdentityProvider
        fields = (
            "alias",
            "type",
            "name",
            "enabled",
            "createUsers",
            "linkByEmail",
            "privileged",
            "allowIdpInitiated",
            "keepGroups",
            "trustEmail",
            "emailDomains",
            "groupNames",
            "posixIds",
            "posixIdsFrom",
            "secondFactor",
            "authnContexts",
            "authnComparison",
            "redirectUri",
            "samlData",
            "oidcData",
            "ocpData",
            "mappers",
        )

    def to_representation(self, instance: IdentityProvider) -> dict[str, Any]:
        body = super().to_representation(instance)
        others = {part for type_, part in PART_OF_TYPE.items() if type_ != instance.type}
        return {name: value for name, value in body.items() if name not in others}
