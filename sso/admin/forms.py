"""The form of a provider: metadata by address, as a file or pasted, and a secret that is never shown again."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from accounts.names import HIGHEST_POSIX_ID
from common.forms import JSONLines, JSONText
from sso.models import IdentityProvider
from sso.models.contexts import Comparison
from sso.models.providers import EXAMPLE_OF_A_CLAIM, LOWEST_POSIX_ID, ProviderType

MAPPING = (
    "email_attribute",
    "first_name_attribute",
    "last_name_attribute",
    "groups_attribute",
    "uid_attribute",
    "gid_attribute",
    "supplementary_groups_attribute",
)
SWITCHES = ("create_users", "link_by_email", "keep_groups", "allow_idp_initiated")
DOMAIN = ("email_domains", "group_names", "posix_ids", "posix_ids_from", "trust_email", "privileged")
FACTOR = ("second_factor", "authn_contexts", "authn_comparison")
METADATA = ("metadata_url", "metadata_file", "metadata")
OPENID = ("client_id", "client_secret", "client_authentication", "scopes", "mandatory_claim")


class SpaceSeparated(forms.CharField):
    """Field for a list of words, separated by spaces."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, list) else (super().to_python(value) or "").split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


class ProviderForm(forms.ModelForm[IdentityProvider]):
    alias = forms.CharField(
        required=False,
        max_length=60,
        help_text=gettext_lazy(
            "Part of the addresses that the provider is given, so it can't be changed. Blank: saml, "
            "oidc or openshift-v4, by the type."
        ),
    )
    metadata_url = forms.CharField(
        label=gettext_lazy("Metadata address"),
        required=False,
        max_length=2000,
        widget=forms.URLInput(attrs={"size": 80}),
        help_text=gettext_lazy(
            "SAML: the metadata URL. OpenID Connect: the discovery URL, which ends with "
            "/.well-known/openid-configuration. OpenShift: the address of its API server. Fetched "
            "again every day."
        ),
    )
    metadata_file = forms.FileField(
        label=gettext_lazy("or a file"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Up to 250 KB. The file itself is not stored."),
    )
    metadata = forms.CharField(
        label=gettext_lazy("or pasted"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80, "spellcheck": "false"}),
    )
    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Not shown again. Leave blank to keep the current one."),
    )
    scopes = SpaceSeparated(
        label=gettext_lazy("Scopes"),
        required=False,
        widget=forms.TextInput(attrs={"size": 40}),
        help_text=gettext_lazy("Blank: openid email profile (OpenShift: user:info)."),
    )
    mandatory_claim = JSONText(
        label=gettext_lazy("Mandatory claim"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 80, "spellcheck": "false"}),
        help_text=format_lazy(
            gettext_lazy("Who lacks it is refused. Like {example}; blank: nobody is."), example=EXAMPLE_OF_A_CLAIM
        ),
    )

    posix_ids_from = forms.IntegerField(
        label=gettext_lazy("POSIX ids from"),
        required=False,
        min_value=0,
        max_value=HIGHEST_POSIX_ID,
        help_text=IdentityProvider._meta.get_field("posix_ids_from").help_text,
    )

    class Meta:
        model = IdentityProvider
        fields = (
            "type",
            "alias",
            "name",
            "position",
            "metadata_entity_id",
            "name_id_format",
            "subject_attribute",
            "client_id",
            "client_authentication",
            "mandatory_claim",
            *MAPPING,
            *SWITCHES,
            *DOMAIN,
            *FACTOR,
        )
        field_classes: ClassVar[dict[str, Any]] = {
            "email_domains": JSONLines,
            "group_names": JSONLines,
            "authn_contexts": JSONLines,
        }
        labels: ClassVar[dict[str, Any]] = {
            "email_attribute": gettext_lazy("E-mail"),
            "first_name_attribute": gettext_lazy("First name"),
            "last_name_attribute": gettext_lazy("Last name"),
            "groups_attribute": gettext_lazy("Groups"),
            "uid_attribute": gettext_lazy("UID"),
            "gid_attribute": gettext_lazy("GID"),
            "supplementary_groups_attribute": gettext_lazy("Supplementary groups"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "client_secret" in self.fields:
            self.fields["client_secret"].help_text = gettext("Not shown again.")
        if "authn_comparison" in self.fields:
            self.fields["authn_comparison"].required = False
        for name, value in (("metadata_url", self.instance.metadata_url), ("scopes", self.instance.scopes)):
            if name in self.fields:
                self.initial.setdefault(name, value)

    def clean_metadata_file(self) -> str:
        given = self.cleaned_data.get("metadata_file")
        if not given:
            return ""
        try:
            return str(given.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise ValidationError(gettext("The file is not UTF-8.")) from None

    def clean_posix_ids_from(self) -> int:
        given: int | None = self.cleaned_data.get("posix_ids_from")
        return LOWEST_POSIX_ID if given is None else given

    def clean_authn_comparison(self) -> str:
        return self.cleaned_data.get("authn_comparison") or Comparison.EXACT

    def clean_mandatory_claim(self) -> Any:
        return self.cleaned_data.get("mandatory_claim") or None

    def clean(self) -> Any:
        super().clean()
        given = self.cleaned_data
        ways = [name for name in METADATA if name in self.changed_data and given.get(name)]
        if len(ways) > 1:
            self.add_error(ways[-1], gettext("Give the metadata once: by its address, as a file, or pasted."))
        if "alias" in self.fields:
            given["alias"] = given.get("alias") or given.get("type", "")
        return given

    def what_changed(self) -> dict[str, Any]:
        """Return the changed fields under the verbs' names, with the metadata if it was given again."""
        given, changed = self.cleaned_data, set(self.changed_data)
        if self.instance._state.adding and DOMAIN[0] in self.data:
            changed |= set(DOMAIN)  # as they stand on the page, which began with what the first provider gets
        changes = {name: given[name] for name in changed - {*METADATA, "client_secret", "type", "alias"}}
        if text := given.get("metadata") or given.get("metadata_file"):
            changes["metadata"] = text
        elif "metadata_url" in changed and given["metadata_url"]:
            changes["metadata_url"] = address_of_metadata(
                given.get("type") or self.instance.type, given["metadata_url"]
            )
        if given.get("client_secret"):
            changes["client_secret"] = given["client_secret"]
        return changes


def address_of_metadata(type_: str, given: str) -> str:
    """Return the address of the metadata. OpenShift serves it at a fixed path of its API server (RFC 8414 §3)."""
    well_known = "/.well-known/oauth-authorization-server"
    if type_ == ProviderType.OPENSHIFT and not given.endswith(well_known):
        return f"{given.rstrip('/')}{well_known}"
    return given
