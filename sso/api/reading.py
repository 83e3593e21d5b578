"""Read what a caller sends of an identity provider into what the verbs take. What is left out, or null, is kept."""

import base64
import binascii
from typing import Any

from rest_framework import serializers

from accounts.names import HIGHEST_POSIX_ID
from common.errors import Invalid
from common.fields import Text, Verbatim
from common.unknown_names import KnownFields
from sso.models import IdentityProvider
from sso.models.contexts import Comparison, SecondFactorAsked
from sso.models.providers import ClientAuthentication, NameIDFormat, ProviderType

HIDDEN = "*******"
OAUTH_METADATA = "/.well-known/oauth-authorization-server"
SCOPES = r"\A[a-zA-Z0-9\-._:/]+( [a-zA-Z0-9\-._:/]+)*\Z"
PART_OF_TYPE = {ProviderType.SAML: "samlData", ProviderType.OIDC: "oidcData", ProviderType.OPENSHIFT: "ocpData"}
# Attributes of OpenShift's user object.
OPENSHIFT_MAPPING = {
    "email_attribute": "metadata.name",
    "groups_attribute": "groups",
    "uid_attribute": "metadata.uid",
    "gid_attribute": "metadata.gid",
}


class Switch(serializers.BooleanField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)


class Address(Text):
    default_error_messages = {"no_address": "Give an address that begins with https://."}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, max_length=1900, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data)
        if not address.startswith(("https://", "http://")):
            self.fail("no_address")
        return address


class EncodedFile(Verbatim):
    default_error_messages = {"no_base64": "It is not a UTF-8 file in base64."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> str:
        encoded = "".join(super().to_internal_value(data).split())
        try:
            return base64.b64decode(encoded, validate=True).decode("utf-8-sig")
        except (binascii.Error, ValueError):
            self.fail("no_base64")


class Secret(Verbatim):
    def __init__(self) -> None:
        super().__init__(
            required=False, allow_null=True, max_length=1000, help_text=f"Missing or {HIDDEN}: as it was before."
        )


class Attribute(Text):
    """The name of an attribute or claim; blank: it is not asked for."""

    def __init__(self, *, allow_blank: bool = True, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, allow_blank=allow_blank, max_length=200, **kwargs)


class Mappers(KnownFields):
    passed_over = frozenset({"alias"})  # the path says it

    email = Attribute(source="email_attribute", allow_blank=False)
    firstName = Attribute(source="first_name_attribute")
    lastName = Attribute(source="last_name_attribute")
    groups = Attribute(source="groups_attribute")
    uid = Attribute(source="uid_attribute")
    gid = Attribute(source="gid_attribute")
    supplementaryGroups = Attribute(source="supplementary_groups_attribute")


class MandatoryClaim(KnownFields):
    claim = Text(max_length=200)
    values = serializers.ListField(child=Text(max_length=500), min_length=1, max_length=100)


class SamlIn(KnownFields):
    # A PUT sends back what a GET showed.
    passed_over = frozenset(
        {"signingCertificate", "certificateExpiresAt", "metadataValidUntil"}
        | {"singleSignOnServiceUrl", "serviceProviderMetadataUrl"}
    )

    metadataXmlType = serializers.ChoiceField(("url", "file"), required=False, allow_null=True)
    metadataXmlUrl = Address(allow_blank=True)
    metadataXmlFile = EncodedFile(required=False, allow_null=True, allow_blank=True, help_text="In base64.")
    fileName = Text(required=False, allow_null=True, allow_blank=True, max_length=255)
    entityId = Text(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=1024,
        help_text="Ours towards the provider. The server chooses it: leave it out, or send what it is.",
    )
    nameIdFormat = serializers.ChoiceField(NameIDFormat.choices, required=False, allow_null=True)
    providerEntityId = Text(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=1024,
        help_text="Where the metadata describes several providers, as a federation's does: the one that is meant.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("metadataXmlUrl") and attrs.get("metadataXmlFile"):
            raise serializers.ValidationError({"metadataXmlFile": "Give the metadata once: by address or as a file."})
        if not attrs.get("metadataXmlType") and (attrs.get("metadataXmlUrl") or attrs.get("metadataXmlFile")):
            attrs["metadataXmlType"] = "url" if attrs.get("metadataXmlUrl") else "file"
        if attrs.get("metadataXmlType") == "url" and not attrs.get("metadataXmlUrl"):
            raise serializers.ValidationError({"metadataXmlUrl": "Give the address of the metadata."})
        if attrs.get("metadataXmlType") == "file" and not attrs.get("metadataXmlFile"):
            raise serializers.ValidationError({"metadataXmlFile": "Give the metadata, in base64."})
        return attrs


class OpenIDPart(KnownFields):
    clientId = Text(required=False, allow_null=True, max_length=300)
    clientSecret = Secret()
    tokenEndpointAuthMethod = serializers.ChoiceField(
        ClientAuthentication.choices,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Blank: as the provider's metadata says, by the header where it takes both.",
    )
    scopes = serializers.ListField(
        child=serializers.RegexField(SCOPES, max_length=200), required=False, allow_null=True, max_length=50
    )


class OidcIn(OpenIDPart):
    discoverDocumentUrl = Address()
    mandatoryClaim = MandatoryClaim(required=False, allow_null=True)


class OcpIn(OpenIDPart):
    idpBaseUrl = Address()


class Declaration(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        child = Text(max_length=254)
        super().__init__(child=child, required=False, allow_null=True, max_length=500, **kwargs)


class IdpPut(KnownFields):
    """`type` and `alias` stay as they are; they may be sent as they are."""

    passed_over = frozenset({"redirectUri"})

    type = serializers.ChoiceField(ProviderType.choices, required=False, allow_null=True)
    alias = Text(required=False, allow_null=True, max_length=60)
    name = Text(required=False, allow_null=True, max_length=60, help_text="On the button of the sign-in page.")
    enabled = Switch()
    createUsers = Switch(source="create_users", help_text="Make users at their first sign-in.")
    linkByEmail = Switch(source="link_by_email", help_text="Take users over by e-mail, but no administrator.")
    keepGroups = Switch(source="keep_groups", help_text="Groups of before stay where none are sent.")
    trustEmail = Switch(
        source="trust_email",
        help_text="OpenID Connect: an address counts as verified also where email_verified is left out.",
    )
    privileged = Switch(help_text="Its people and groups may reach rules that can lead to System administrator.")
    emailDomains = Declaration(
        source="email_domains",
        help_text="Whose addresses it may assert: example.com, *.example.com for all below it, or * for every address."
        " The first provider begins with *, every other one with none and can't be enabled before.",
    )
    groupNames = Declaration(
        source="group_names",
        help_text="Which groups it may assert: names, prefixes such as eng-*, or *. The first begins with *.",
    )
    posixIds = Switch(source="posix_ids", help_text="It may set POSIX ids. The first provider may.")
    posixIdsFrom = serializers.IntegerField(
        source="posix_ids_from", required=False, allow_null=True, min_value=0, max_value=HIGHEST_POSIX_ID
    )
    secondFactor = serializers.ChoiceField(
        SecondFactorAsked.choices,
        source="second_factor",
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Whether the provider is asked for a second factor. Blank: it isn't.",
    )
    authnContexts = Declaration(source="authn_contexts", help_text="AuthnContextClassRefs or acr values to ask for.")
    authnComparison = serializers.ChoiceField(
        Comparison.choices, source="authn_comparison", required=False, allow_null=True
    )
    allowIdpInitiated = Switch(source="allow_idp_initiated", help_text="SAML: it may begin sign-ins itself.")
    samlData = SamlIn(required=False, allow_null=True)
    oidcData = OidcIn(required=False, allow_null=True)
    ocpData = OcpIn(required=False, allow_null=True)
    mappers = Mappers(required=False, allow_null=True)


class IdpIn(IdpPut):
    passed_over = frozenset({"redirectUri", "data"})  # all that counts is in the part of its type

    type = serializers.ChoiceField(ProviderType.choices)
    alias = Text(
        required=False,
        allow_null=True,
        max_length=60,
        validators=IdentityProvider._meta.get_field("alias").validators,
        help_text="Without one it is the type; each further provider of a type needs its own.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require the part of its type, whole."""
        part = PART_OF_TYPE[attrs["type"]]
        given = attrs.get(part)
        if given is None:
            raise serializers.ValidationError({part: f"A provider of type {attrs['type']} needs it."})
        for name in REQUIRED[attrs["type"]]:
            if given.get(name) in (None, HIDDEN):
                raise serializers.ValidationError({name: "This field is required."})
        return attrs


REQUIRED = {
    ProviderType.SAML: ("metadataXmlType",),
    ProviderType.OIDC: ("clientId", "clientSecret", "discoverDocumentUrl"),
    ProviderType.OPENSHIFT: ("clientId", "clientSecret", "idpBaseUrl"),
}
PLAIN = (
    "name",
    "create_users",
    "link_by_email",
    "privileged",
    "allow_idp_initiated",
    "email_domains",
    "group_names",
    "posix_ids",
    "posix_ids_from",
    "trust_email",
    "keep_groups",
    *("second_factor", "authn_contexts", "authn_comparison"),
)


def fields_of(given: dict[str, Any], provider: IdentityProvider) -> dict[str, Any]:
    """For the verbs; `provider` is what there is, or what is to be made."""
    _refuse_what_stays(given, provider)
    part = given.get(PART_OF_TYPE[ProviderType(provider.type)]) or {}
    fields = {name: given.get(name) for name in PLAIN}
    fields |= _saml(part, provider) if provider.type == ProviderType.SAML else _openid(part)
    fields |= given.get("mappers") or {}
    kept = {name: value for name, value in fields.items() if value is not None}
    if "mandatoryClaim" in part:
        kept["mandatory_claim"] = part["mandatoryClaim"]
    if not kept and given.get("enabled") is None:
        raise Invalid("nothing_to_change", "Send at least one field that can be changed.")
    if kept.get("metadata_url") == provider.metadata_url:
        del kept["metadata_url"]
    return kept


def _refuse_what_stays(given: dict[str, Any], provider: IdentityProvider) -> None:
    for name in ("type", "alias"):
        if given.get(name) not in (None, getattr(provider, name)):
            raise serializers.ValidationError({name: "It stays as it is. Connect another provider, and remove this."})
    for type_, part in PART_OF_TYPE.items():
        if type_ != provider.type and given.get(part) is not None:
            raise serializers.ValidationError({part: f"This provider is of type {provider.type}."})


def _saml(part: dict[str, Any], provider: IdentityProvider) -> dict[str, Any]:
    if part.get("entityId") and part["entityId"] != provider.entity_id:
        raise serializers.ValidationError({"entityId": f"To this provider we are {provider.entity_id}. Leave it out."})
    by = part.get("metadataXmlType")
    return {
        "metadata_url": part["metadataXmlUrl"] if by == "url" else None,
        "metadata": part["metadataXmlFile"] if by == "file" else None,
        "name_id_format": part.get("nameIdFormat"),
        "metadata_entity_id": part.get("providerEntityId"),
    }


def _openid(part: dict[str, Any]) -> dict[str, Any]:
    secret, base = part.get("clientSecret"), part.get("idpBaseUrl")
    return {
        "metadata_url": base.rstrip("/") + OAUTH_METADATA if base else part.get("discoverDocumentUrl"),
        "client_id": part.get("clientId"),
        "client_secret": None if secret == HIDDEN else secret,
        "client_authentication": part.get("tokenEndpointAuthMethod"),
        "scopes": part.get("scopes"),
    }
