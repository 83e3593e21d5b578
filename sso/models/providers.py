import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models

from access.assertions import LOCAL, Declared
from accounts.models.users import ADMINISTRATOR
from accounts.names import HIGHEST_POSIX_ID
from common.lookup import LookUp
from common.visible import is_visible
from sso.authn_context import MULTI_FACTOR_PROFILE
from sso.mapping import DEFAULTS, Mapping
from sso.models.contexts import Comparison, SecondFactorAsked, are_contexts

LOWEST_POSIX_ID = 1000


class ProviderType(models.TextChoices):
    """Provider types in the platform's spelling."""

    SAML = "saml", "SAML 2.0"
    OIDC = "oidc", "OpenID Connect"
    OPENSHIFT = "openshift-v4", "OpenShift V4"


class NameIDFormat(models.TextChoices):
    """NameID formats (SAML Core §8.3)."""

    PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "persistent"
    EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "e-mail address"
    UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "unspecified"


class ClientAuthentication(models.TextChoices):
    """The method by which we authenticate at the token endpoint (OpenID Connect Core §9)."""

    AS_PUBLISHED = "", "as the provider's metadata says"
    BASIC = "client_secret_basic", "client_secret_basic: in the Authorization header, form-encoded"
    POST = "client_secret_post", "client_secret_post: in the body"


def attribute(name: str, help_text: str = "") -> "models.CharField[str, str]":
    return models.CharField(max_length=200, blank=True, default=getattr(DEFAULTS, name), help_text=help_text)


EXAMPLE_OF_A_CLAIM = '{"claim": "department", "values": ["research"]}'


def is_mandatory_claim(given: object) -> bool:
    """Return True for an object with the name of a claim, and a list of texts of which it has to have one."""
    if not isinstance(given, dict) or given.keys() != {"claim", "values"} or not isinstance(given["values"], list):
        return False
    texts = [given["claim"], *given["values"]]
    return 1 < len(texts) <= 101 and all(isinstance(one, str) and is_visible(one) and one for one in texts)


class IdentityProvider(models.Model):
    """A company directory that signs people in. `peer` holds its metadata, as the protocol's module read it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    alias = models.CharField(
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(r"\A[a-z][a-z0-9-]*[a-z0-9]\Z", "Lower-case letters, digits and hyphens, from a letter on."),
            RegexValidator(
                rf"\A({LOCAL}|{ADMINISTRATOR})\Z",
                f"{LOCAL} and {ADMINISTRATOR} mean this service itself.",
                inverse_match=True,
            ),
        ],
        help_text="Stands in the addresses that the provider is told of, so it stays.",
        error_messages={"unique": "There is an identity provider with this alias."},
    )
    type = models.CharField(max_length=20, choices=ProviderType.choices)
    name = models.CharField("name on the button", max_length=60)
    enabled = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0, help_text="Buttons stand in this order.")

    metadata_url = models.CharField(max_length=2000, blank=True)
    metadata_text = models.TextField(blank=True, editable=False)
    metadata_entity_id = models.CharField(
        "provider's entity ID",
        max_length=1024,
        blank=True,
        help_text="Where the metadata describes several providers, as a federation's does: the one that is meant.",
    )
    peer: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, editable=False)
    metadata_read_at = models.DateTimeField(null=True, editable=False)
    metadata_valid_until = models.DateTimeField(
        "metadata valid until", null=True, editable=False, help_text="SAML: after it the metadata must not be used."
    )
    metadata_problem = models.CharField(max_length=500, blank=True, editable=False)
    metadata_due_at = models.DateTimeField(null=True, editable=False)
    metadata_tried_at = models.DateTimeField(null=True, editable=False, help_text="For a key that was not known.")

    name_id_format = models.CharField(
        "NameID format", max_length=100, choices=NameIDFormat.choices, default=NameIDFormat.PERSISTENT
    )
    subject_attribute = models.CharField(
        "identity attribute",
        max_length=200,
        blank=True,
        help_text="Blank: the NameID says who somebody is. Otherwise the attribute of this name does: choose one that"
        " nobody can change and that no second person ever gets, such as an employee number. Whoever can set it signs"
        " in as anybody. With another attribute everybody is somebody new.",
    )
    allow_idp_initiated = models.BooleanField(
        "may begin sign-ins itself",
        default=False,
        help_text="Accept responses that nobody here asked for, from the provider's own portal. Less safe: a stranger"
        " can sign somebody's browser in as themselves.",
    )

    client_id = models.CharField("client ID", max_length=300, blank=True)
    client_secret_encrypted = models.BinaryField(editable=False, default=b"")
    client_authentication = models.CharField(
        max_length=30,
        choices=ClientAuthentication.choices,
        default=ClientAuthentication.AS_PUBLISHED,
        blank=True,
        help_text="Some providers do not decode what RFC 6749 §2.3.1 asks to encode: choose the body for them.",
    )
    scopes = models.JSONField(default=list, blank=True)
    mandatory_claim: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(
        null=True, blank=True
    )

    email_attribute = attribute("email", "Required: who has none is not signed in.")
    first_name_attribute = attribute("first_name")
    last_name_attribute = attribute("last_name")
    groups_attribute = attribute("groups", "A list of names, or an object whose values are names.")
    uid_attribute = attribute("uid")
    gid_attribute = attribute("gid")
    supplementary_groups_attribute = attribute("supplementary_groups")

    second_factor = models.CharField(
        max_length=10,
        choices=SecondFactorAsked.choices,
        default=SecondFactorAsked.NOT_ASKED,
        blank=True,
        help_text="SAML: RequestedAuthnContext. OpenID Connect: acr_values, or the claims parameter where it is"
        " required and the provider understands that.",
    )
    authn_contexts: "models.JSONField[list[str], list[str]]" = models.JSONField(
        "contexts that mean several factors",
        default=list,
        blank=True,
        help_text="AuthnContextClassRefs or acr values, one per line. They are asked for, and what the provider answers"
        f" with counts as several factors if it is one of them. Blank: {MULTI_FACTOR_PROFILE}. Often:"
        " http://schemas.microsoft.com/claims/multipleauthn (ADFS, Entra ID with SAML).",
    )
    authn_comparison = models.CharField(
        "comparison", max_length=10, choices=Comparison.choices, default=Comparison.EXACT, help_text="SAML only."
    )

    create_users = models.BooleanField(
        "make users at their first sign-in",
        default=True,
        help_text="They may do nothing until an access rule names them or one of their groups.",
    )
    link_by_email = models.BooleanField(
        "take users over by e-mail",
        default=False,
        help_text="Whoever the directory gives a known e-mail signs in as that user. Never as an administrator.",
    )
    privileged = models.BooleanField(
        "may make administrators",
        default=False,
        help_text="Let its people and groups reach access rules that can lead to System administrator. Then whoever"
        " runs the directory can become one.",
    )

    email_domains: "models.JSONField[list[str], list[str]]" = models.JSONField(
        "e-mail domains",
        default=list,
        blank=True,
        help_text="Whose addresses it may assert: example.com, *.example.com for all domains below it, or * for every"
        " address. Anybody else is refused. Needed before it can be enabled.",
    )
    group_names: "models.JSONField[list[str], list[str]]" = models.JSONField(
        "groups",
        default=list,
        blank=True,
        help_text="Which groups it may put people into: names, prefixes such as eng-*, or * for every group. Others are"
        " left out. Groups that a cluster binds itself have to stand here by name or prefix.",
    )
    posix_ids = models.BooleanField(
        "may set POSIX ids", default=False, help_text="Otherwise UID, GID and supplementary groups are left out."
    )
    posix_ids_from = models.PositiveBigIntegerField(
        "POSIX ids from",
        default=LOWEST_POSIX_ID,
        validators=[MaxValueValidator(HIGHEST_POSIX_ID)],
        help_text="Lower ids are left out: those below 1000 mostly belong to the system, and 0 is root.",
    )
    trust_email = models.BooleanField(
        "trust e-mail addresses",
        default=False,
        help_text="OpenID Connect: an address counts as verified also where the provider leaves email_verified out, as"
        " Entra ID and ADFS do. It never does where the provider says false.",
    )
    keep_groups = models.BooleanField(
        "keep groups that aren't sent",
        default=False,
        help_text="Where the attribute of the groups is missing, or says that they are too many, those of before stay."
        " Otherwise nobody is in a group that the directory doesn't say at each sign-in.",
    )
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.mandatory_claim is not None and not is_mandatory_claim(self.mandatory_claim):
            raise ValidationError({"mandatory_claim": f"It has a name and texts. Like {EXAMPLE_OF_A_CLAIM}, or blank."})
        if not are_contexts(self.authn_contexts):
            raise ValidationError({"authn_contexts": "Up to 20 values of at most 512 characters, without spaces."})
        if self.second_factor and self.type == ProviderType.OPENSHIFT:
            message = "OpenShift's OAuth server can't be asked for one, and doesn't say whether there was one."
            raise ValidationError({"second_factor": message})

    @property
    def contexts_asked(self) -> list[str]:
        return self.authn_contexts or [MULTI_FACTOR_PROFILE]

    @property
    def mapping(self) -> Mapping:
        return Mapping(
            email=self.email_attribute,
            first_name=self.first_name_attribute,
            last_name=self.last_name_attribute,
            groups=self.groups_attribute,
            uid=self.uid_attribute,
            gid=self.gid_attribute,
            supplementary_groups=self.supplementary_groups_attribute,
        )

    @property
    def sends_lists(self) -> bool:
        """Return True for SAML, where each attribute is a list of values. In OpenID Connect a claim may be one."""
        return self.type == ProviderType.SAML

    @property
    def declared(self) -> Declared:
        """Return what the provider may assert."""
        return Declared(tuple(self.email_domains), tuple(self.group_names), self.privileged)

    def may_set_posix_id(self, posix_id: int) -> bool:
        return self.posix_ids and posix_id >= self.posix_ids_from

    @property
    def vouches_in_silence(self) -> bool:
        """Return True if an address counts as verified without `email_verified`, a claim of OpenID Connect alone."""
        return self.type != ProviderType.OIDC or self.trust_email

    @property
    def entity_id(self) -> str:
        """Return our SAML entity ID. Each provider gets its own, so that an assertion for one is useless at another."""
        return f"{settings.ISSUER}/broker/{self.alias}"

    @property
    def redirect_uri(self) -> str:
        """Return the address of the response: SAML's assertion consumer service, OpenID Connect's redirect URI."""
        return f"{self.entity_id}/endpoint"

    @property
    def logout_uri(self) -> str:
        return f"{self.entity_id}/logout"


with_provider_id = LookUp(IdentityProvider)
with_alias = LookUp(IdentityProvider, by="alias", only=("id", "alias", "privileged", "email_domains", "group_names"))
